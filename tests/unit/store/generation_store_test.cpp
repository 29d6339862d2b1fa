// SPDX-License-Identifier: Apache-2.0
#include "store/generation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "recorded_router.h"
#include "temporary_directory.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class GenerationStoreTest : public ::testing::Test {
 protected:
  GenerationStore open() { return open_store(path_); }

  std::string open_error(uint64_t seed = kSeed) {
    auto store = GenerationStore::open(path_, seed);
    return store ? "opened" : store.error().message;
  }

  std::string load_error() {
    auto loaded = open().load();
    return loaded ? "loaded" : loaded.error().message;
  }

  // As somebody else would change the file.
  void execute(const char* sql) {
    auto done = Database::open(path_)->execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }

  TemporaryDirectory directory_;
  fs::path path_ = directory_ / "generations.db";
};

TEST_F(GenerationStoreTest, IsEmptyWhenNew) {
  GenerationStore store = open();
  EXPECT_TRUE(store.empty());
  EXPECT_TRUE(store.log(10)->empty());
  expect_same_state(*store.load(), {});
  EXPECT_FALSE(store.snapshot_is_due());
}

TEST_F(GenerationStoreTest, LoadsWhatItsRecordsFoldTo) {
  RecordedRouter router(1);
  for (int number = 1; number <= 20; ++number) {
    GenerationStore store = open();
    EXPECT_EQ(store.empty(), number == 1);
    expect_same_state(*store.load(), router.state());
    ASSERT_TRUE(store.append(router.advance()));
    EXPECT_FALSE(store.empty());
    expect_same_state(*store.load(), router.state());
  }
}

TEST_F(GenerationStoreTest, LogIsNewestFirst) {
  RecordedRouter router(2);
  GenerationStore store = open();
  for (int number = 1; number <= 5; ++number) ASSERT_TRUE(store.append(router.advance()));
  std::vector<Generation> expected(router.log().rbegin(), router.log().rend());
  EXPECT_EQ(*store.log(UINT64_MAX), expected);
  expected.resize(2);
  EXPECT_EQ(*store.log(2), expected);
}

TEST_F(GenerationStoreTest, RefusesAGenerationThatDoesNotFollow) {
  RecordedRouter router(3);
  GenerationStore store = open();
  const Generation first = router.advance();
  ASSERT_TRUE(store.append(first));
  EXPECT_THAT(store.append(first).error().message,
              HasSubstr("generation 1 cannot follow generation 1"));
  Generation third = router.advance();
  third.number = 3;
  EXPECT_FALSE(store.append(third));
  EXPECT_EQ(store.log(10)->size(), 1u);
}

TEST_F(GenerationStoreTest, AnEmptyStoreIsBoundToNoSeed) {
  ASSERT_EQ(open_error(1), "opened");
  EXPECT_EQ(open_error(2), "opened");
  ASSERT_TRUE(GenerationStore::open(path_, 3)->append(RecordedRouter(4).advance()));
  EXPECT_THAT(open_error(2), HasSubstr("made with --seed 3, not 2"));
}

TEST_F(GenerationStoreTest, RefusesAnotherSeed) {
  ASSERT_TRUE(GenerationStore::open(path_, UINT64_MAX)->append(RecordedRouter(4).advance()));
  EXPECT_THAT(open_error(7), HasSubstr("made with --seed 18446744073709551615, not 7"));
  EXPECT_THAT(open_error(7), HasSubstr("detach --purge --state " + directory_.path().string()));
  EXPECT_EQ(open_error(UINT64_MAX), "opened") << "a refusal changes nothing";
}

TEST_F(GenerationStoreTest, KeepsIpv6) {
  Configuration configuration;
  configuration.pools["web"].backends = {{.address = *Address::parse("2001:db8::1")}};
  const RecordedRouter recorded(configuration);
  ASSERT_TRUE(open().append(recorded.log().front()));
  EXPECT_EQ(load_error(), "loaded");
}

// ---- snapshots ----

TEST_F(GenerationStoreTest, ASnapshotReplacesTheRecordsBeforeIt) {
  RecordedRouter router(4);
  {
    GenerationStore store = open();
    for (int number = 1; number <= 30; ++number) ASSERT_TRUE(store.append(router.advance()));
    ASSERT_TRUE(store.save_snapshot(router.state()));
    EXPECT_FALSE(store.snapshot_is_due());
  }
  execute("DELETE FROM generations");
  GenerationStore store = open();
  EXPECT_FALSE(store.empty());
  expect_same_state(*store.load(), router.state());
  for (int number = 31; number <= 40; ++number) ASSERT_TRUE(store.append(router.advance()));
  expect_same_state(*store.load(), router.state());
}

TEST_F(GenerationStoreTest, ASnapshotMayBeOlderThanTheNewestRecord) {
  RecordedRouter router(5);
  GenerationStore store = open();
  for (int number = 1; number <= 10; ++number) ASSERT_TRUE(store.append(router.advance()));
  const RouterState old = router.state();
  for (int number = 1; number <= 10; ++number) ASSERT_TRUE(store.append(router.advance()));
  ASSERT_TRUE(store.save_snapshot(old));
  expect_same_state(*store.load(), router.state());
  expect_same_state(*open().load(), router.state());
}

TEST_F(GenerationStoreTest, RefusesASnapshotThatItsRecordsDoNotMeet) {
  RecordedRouter router(6);
  GenerationStore store = open();
  ASSERT_TRUE(store.append(router.advance()));
  const RouterState first = router.state();
  ASSERT_TRUE(store.append(router.advance()));
  ASSERT_TRUE(store.save_snapshot(router.state()));
  EXPECT_THAT(store.save_snapshot(first).error().message,
              HasSubstr("snapshot of generation 1 cannot be saved"));
  router.advance();
  EXPECT_FALSE(store.save_snapshot(router.state()));
  EXPECT_EQ(open().load()->generation, 2u);
}

TEST_F(GenerationStoreTest, ASnapshotWritesOnlyTablesThatChanged) {
  RecordedRouter router(only_pools({{"a", modulo_pool({1})}, {"b", modulo_pool({2})}}));
  GenerationStore store = open();
  ASSERT_TRUE(store.append(router.log().back()));
  ASSERT_TRUE(store.save_snapshot(router.state()));
  execute("UPDATE tables SET checksum = 0");  // what is written again has a good one
  const auto rewritten = [&] {
    auto database = *Database::open(path_);
    auto query = *database.prepare("SELECT group_concat(pool) FROM tables WHERE checksum != 0");
    EXPECT_TRUE(*query.step());
    return query.text(0);
  };

  Configuration changed = router.state().configuration;
  changed.pools["b"] = modulo_pool({2, 3});
  ASSERT_TRUE(store.append(router.advance_to(changed)));
  ASSERT_TRUE(store.save_snapshot(router.state()));
  EXPECT_EQ(rewritten(), "b");

  changed.pools.erase("b");
  changed.pools["c"] = modulo_pool({});
  ASSERT_TRUE(store.append(router.advance_to(changed)));
  ASSERT_TRUE(store.save_snapshot(router.state()));
  EXPECT_EQ(rewritten(), "c") << "the table of a pool that goes goes";
}

// After a start, too.
TEST_F(GenerationStoreTest, ALoadedTableIsNotWrittenAgain) {
  RecordedRouter router(only_pools({{"a", modulo_pool({1})}}));
  {
    GenerationStore store = open();
    ASSERT_TRUE(store.append(router.log().back()));
    ASSERT_TRUE(store.save_snapshot(router.state()));
  }
  GenerationStore store = open();
  const RouterState loaded = *store.load();
  execute("UPDATE tables SET checksum = 0");
  ASSERT_TRUE(store.save_snapshot(loaded));
  EXPECT_THAT(load_error(), HasSubstr("another checksum"));
}

TEST_F(GenerationStoreTest, ASnapshotIsDueAfterManyRecordsOrMuchText) {
  RecordedRouter router(7);
  GenerationStore store = open();
  for (uint64_t number = 1; number < kRecordsPerSnapshot; ++number) {
    ASSERT_TRUE(store.append(router.advance()));
  }
  EXPECT_FALSE(store.snapshot_is_due());
  ASSERT_TRUE(store.append(router.advance()));
  EXPECT_TRUE(store.snapshot_is_due());
  EXPECT_TRUE(open().snapshot_is_due());
  ASSERT_TRUE(store.save_snapshot(router.state()));
  EXPECT_FALSE(store.snapshot_is_due());
  EXPECT_FALSE(open().snapshot_is_due());

  Generation long_one = router.advance();
  long_one.cause = std::string(kRecordBytesPerSnapshot, 'x');
  ASSERT_TRUE(store.append(long_one));
  EXPECT_TRUE(store.snapshot_is_due());
  EXPECT_TRUE(open().snapshot_is_due());
}

// ---- nothing grows without bound ----

uintmax_t bytes_in(const fs::path& directory) {
  uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(directory)) bytes += entry.file_size();
  return bytes;
}

TEST_F(GenerationStoreTest, ThousandsOfChangesKeepTheFileBounded) {
  RecordedRouter router(8);
  GenerationStore store = open();
  uintmax_t most_bytes = 0;
  const auto run = [&](int changes) {
    for (int change = 0; change < changes; ++change) {
      ASSERT_TRUE(store.append(router.advance()));
      if (store.snapshot_is_due()) {
        ASSERT_TRUE(store.save_snapshot(router.state()));
      }
      most_bytes = std::max(most_bytes, bytes_in(directory_.path()));
    }
  };
  run(2 * kRecordsKept);
  const uintmax_t bytes_settled = most_bytes;
  run(3 * kRecordsKept);
  EXPECT_LT(most_bytes, bytes_settled * 5 / 4);
  EXPECT_LE(store.log(UINT64_MAX)->size(), kRecordsKept + kRecordsPerSnapshot);
  EXPECT_GE(store.log(UINT64_MAX)->size(), kRecordsKept);
  expect_same_state(*open().load(), router.state());
}

TEST_F(GenerationStoreTest, FewLongRecordsAreKeptAndTheirRoomIsGivenBack) {
  RecordedRouter router(9);
  GenerationStore store = open();
  constexpr uint64_t kBytes = kRecordBytesKept / 8;
  for (int number = 1; number <= 40; ++number) {
    Generation generation = router.advance();
    generation.cause = std::string(kBytes, 'x');
    ASSERT_TRUE(store.append(generation));
    if (store.snapshot_is_due()) {
      ASSERT_TRUE(store.save_snapshot(router.state()));
    }
    ASSERT_LT(bytes_in(directory_.path()), 3 * kRecordBytesKept);
  }
  EXPECT_THAT(store.log(100)->size(), ::testing::AllOf(::testing::Ge(7u), ::testing::Le(9u)));
  for (int number = 1; number <= 20; ++number) {  // and then short ones again
    for (uint64_t record = 0; record < kRecordsPerSnapshot; ++record) {
      ASSERT_TRUE(store.append(router.advance()));
    }
    ASSERT_TRUE(store.save_snapshot(router.state()));
  }
  EXPECT_LT(bytes_in(directory_.path()), kRecordBytesKept);
}

TEST_F(GenerationStoreTest, RecordsAfterTheSnapshotAreNeverDeleted) {
  RecordedRouter router(10);
  GenerationStore store = open();
  ASSERT_TRUE(store.append(router.advance()));
  const RouterState first = router.state();
  for (uint64_t number = 0; number < kRecordsKept + 10; ++number) {
    ASSERT_TRUE(store.append(router.advance()));
  }
  ASSERT_TRUE(store.save_snapshot(first));
  expect_same_state(*open().load(), router.state());
}

// ---- damage ----

TEST_F(GenerationStoreTest, RefusesWhatIsNotAStore) {
  const auto missing = GenerationStore::open(directory_ / "missing" / "generations.db", kSeed);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("cannot open"));
  std::ofstream(path_) << std::string(8192, 'x');
  EXPECT_THAT(open_error(), HasSubstr("cannot open " + path_.string()));
}

TEST_F(GenerationStoreTest, LeavesNothingHalfMade) {
  execute("CREATE TABLE tables (something TEXT)");
  EXPECT_THAT(open_error(), HasSubstr("cannot create " + path_.string()));
  execute("DROP TABLE tables");
  EXPECT_EQ(open_error(), "opened");
}

TEST_F(GenerationStoreTest, RefusesAnotherFormat) {
  execute("CREATE TABLE settings (id INTEGER PRIMARY KEY, value TEXT); PRAGMA user_version = 1");
  EXPECT_THAT(open_error(), HasSubstr("has format 1, this ricochet knows 2"));
  EXPECT_THAT(open_error(), HasSubstr("detach --purge --state " + directory_.path().string()));
}

class DamagedStoreTest : public GenerationStoreTest {
 protected:
  // Generations 1 to 8, a snapshot of 5.
  void SetUp() override {
    RecordedRouter router(11);
    GenerationStore store = open();
    for (int number = 1; number <= 8; ++number) {
      ASSERT_TRUE(store.append(router.advance()));
      if (number == 5) {
        ASSERT_TRUE(store.save_snapshot(router.state()));
      }
    }
  }

  void expect_damage(const std::string& what) {
    const std::string message = load_error();
    EXPECT_THAT(message, HasSubstr(what + " in " + path_.string() + " is damaged"));
    EXPECT_THAT(message, HasSubstr("restore the file from a copy"));
  }
};

TEST_F(DamagedStoreTest, SaysWhichGenerationIsMissing) {
  execute("DELETE FROM generations WHERE number = 7");
  expect_damage("generation 7");
}

TEST_F(DamagedStoreTest, SaysWhichRecordIsAnother) {
  execute("UPDATE generations SET value = replace(value, 'test', 'tesu') WHERE number = 6");
  expect_damage("generation 6");
  EXPECT_THAT(open().log(10).error().message, HasSubstr("generation 6"));
}

TEST_F(DamagedStoreTest, NeedsNoRecordBeforeTheSnapshot) {
  execute("DELETE FROM generations WHERE number <= 5");
  EXPECT_EQ(load_error(), "loaded");
}

TEST_F(DamagedStoreTest, FindsADamagedSnapshot) {
  execute("UPDATE snapshot SET value = value || ' '");
  expect_damage("the snapshot of generation 5");
}

TEST_F(DamagedStoreTest, FindsADamagedTable) {
  execute("UPDATE tables SET buckets = zeroblob(length(buckets))");
  expect_damage("the snapshot of generation 5");
  execute("DELETE FROM tables");
  expect_damage("the snapshot of generation 5");
}

// Pages of the file itself that hold something else.
TEST_F(DamagedStoreTest, EveryDamagedPageIsNoticedOrOfNoAccount) {
  const RouterState good = *open().load();
  const auto bytes = fs::file_size(path_);
  constexpr uintmax_t kPageBytes = 4096;
  ASSERT_EQ(bytes % kPageBytes, 0u);
  for (uintmax_t offset = 0; offset < bytes; offset += kPageBytes) {
    TemporaryDirectory copy;
    fs::copy_file(path_, copy / "generations.db");
    std::fstream file(copy / "generations.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << std::string(kPageBytes, 'x') << std::flush;
    auto store = GenerationStore::open(copy / "generations.db", kSeed);
    if (!store) continue;
    if (const auto loaded = store->load()) expect_same_state(*loaded, good);
  }
}

}  // namespace
}  // namespace ricochet

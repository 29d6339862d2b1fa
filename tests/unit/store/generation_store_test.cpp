// SPDX-License-Identifier: Apache-2.0
#include "store/generation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "temporary_directory.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

Generation make_generation(uint64_t number) {
  Generation generation;
  generation.number = number;
  Pool& pool = generation.services[{.prefix = *Ipv4Prefix::parse("10.0.10.0")}];
  for (uint32_t index = 1; index <= number; ++index) {
    pool.backends.push_back({.address = Ipv4Address::from_host_order(0x0a000000 + index)});
  }
  return generation;
}

std::vector<Generation> make_log(uint64_t count) {
  std::vector<Generation> log;
  for (uint64_t number = 1; number <= count; ++number) log.push_back(make_generation(number));
  return log;
}

GenerationStore open_store(const fs::path& path) {
  auto store = GenerationStore::open(path, Settings{});
  if (!store) throw std::runtime_error(store.error().message);
  return *std::move(store);
}

std::string open_error(const fs::path& path, const Settings& settings = {}) {
  auto store = GenerationStore::open(path, settings);
  return store ? "opened" : store.error().message;
}

const Ipv4Address kServer = Ipv4Address::from_host_order(0x0a000001);

Neighbour make_neighbour(uint16_t port) {
  return {.port = port, .mac = MacAddress({2, 3, 4, 5, 6, 7})};
}

TEST(GenerationStore, IsEmptyWhenNew) {
  TemporaryDirectory directory;
  GenerationStore store = open_store(directory / "generations.db");
  EXPECT_TRUE(store.load_generations()->empty());
  EXPECT_TRUE(store.load_neighbours()->empty());
}

TEST(GenerationStore, ReopensAfterEachAppend) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  for (uint64_t number = 1; number <= 20; ++number) {
    GenerationStore store = open_store(path);
    EXPECT_EQ(*store.load_generations(), make_log(number - 1));
    ASSERT_TRUE(store.append(make_generation(number)));
    EXPECT_EQ(*store.load_generations(), make_log(number));
  }
}

TEST(GenerationStore, RefusesANumberTwice) {
  TemporaryDirectory directory;
  GenerationStore store = open_store(directory / "generations.db");
  ASSERT_TRUE(store.append(make_generation(1)));
  EXPECT_FALSE(store.append(make_generation(1)));
  EXPECT_EQ(*store.load_generations(), make_log(1));
}

TEST(GenerationStore, SaysWhichGenerationIsMissing) {
  TemporaryDirectory directory;
  GenerationStore store = open_store(directory / "generations.db");
  ASSERT_TRUE(store.append(make_generation(1)));
  ASSERT_TRUE(store.append(make_generation(3)));
  auto loaded = store.load_generations();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("lacks generation 2"));
}

TEST(GenerationStore, KeepsNeighbours) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  const Ipv4Address other = Ipv4Address::from_host_order(0x0a000002);
  {
    GenerationStore store = open_store(path);
    ASSERT_TRUE(store.set_neighbour(kServer, make_neighbour(1)));
    ASSERT_TRUE(store.set_neighbour(other, make_neighbour(2)));
    ASSERT_TRUE(store.set_neighbour(kServer, make_neighbour(UINT16_MAX)));
  }
  GenerationStore store = open_store(path);
  EXPECT_EQ(*store.load_neighbours(),
            (Neighbours{{kServer, make_neighbour(UINT16_MAX)}, {other, make_neighbour(2)}}));
  ASSERT_TRUE(store.remove_neighbour(kServer));
  EXPECT_EQ(*store.load_neighbours(), (Neighbours{{other, make_neighbour(2)}}));
  ASSERT_TRUE(store.set_neighbour(kServer, make_neighbour(1)));
  ASSERT_TRUE(store.remove_all_neighbours());
  EXPECT_TRUE(store.load_neighbours()->empty());
}

TEST(GenerationStore, RefusesOtherSettingsByName) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  const Settings first;
  ASSERT_EQ(open_error(path, first), "opened");

  Settings other = first;
  other.placement = Placement::modulo;
  EXPECT_THAT(open_error(path, other), HasSubstr("made with --placement maglev, not modulo"));
  EXPECT_THAT(open_error(path, other),
              HasSubstr("detach --purge --state " + path.parent_path().string()));
  other = first;
  other.history = HistoryPolicy::two_tables;
  EXPECT_THAT(open_error(path, other), HasSubstr("--history distinct, not two-tables"));
  other = first;
  other.mark = MarkMode::ecmp_er;
  EXPECT_THAT(open_error(path, other), HasSubstr("--mark dscp, not ecmp-er"));
  other = first;
  other.seed = 1;
  EXPECT_THAT(open_error(path, other), HasSubstr("--seed 0, not 1"));
  other = first;
  other.buckets = 16;
  EXPECT_THAT(open_error(path, other), HasSubstr("--buckets 65536, not 16"));

  EXPECT_EQ(open_error(path, first), "opened") << "a refusal changes nothing";
}

TEST(GenerationStore, RefusesWhatIsNotAStore) {
  TemporaryDirectory directory;
  EXPECT_THAT(open_error(directory / "missing" / "generations.db"), HasSubstr("cannot open"));

  const fs::path garbage = directory / "garbage.db";
  std::ofstream(garbage) << std::string(8192, 'x');
  EXPECT_THAT(open_error(garbage), HasSubstr("cannot open " + garbage.string()));
}

TEST(GenerationStore, LeavesNothingHalfMade) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  auto database = *Database::open(path);
  ASSERT_TRUE(database.execute("CREATE TABLE neighbours (something TEXT)"));
  EXPECT_THAT(open_error(path), HasSubstr("cannot create " + path.string()));
  ASSERT_TRUE(database.execute("DROP TABLE neighbours"));
  EXPECT_EQ(open_error(path), "opened");
}

TEST(GenerationStore, RefusesAnotherFormat) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  ASSERT_TRUE(Database::open(path)->execute("PRAGMA user_version = 2"));
  EXPECT_THAT(open_error(path), HasSubstr("has format 2, this ricochet knows 1"));
}

TEST(GenerationStore, RefusesADamagedRecord) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  GenerationStore store = open_store(path);
  ASSERT_TRUE(store.append(make_generation(1)));
  ASSERT_TRUE(Database::open(path)->execute("UPDATE generations SET value = '{'"));
  auto loaded = store.load_generations();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("understand generation 1 in " + path.string()));
}

// A process that is killed right after append() returned has lost nothing.
TEST(GenerationStore, SurvivesAKilledProcess) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  for (uint64_t number = 1; number <= 5; ++number) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      GenerationStore store = open_store(path);
      if (!store.append(make_generation(number))) ::_exit(1);
      ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(*open_store(path).load_generations(), make_log(number));
  }
}

// A machine that stops while SQLite writes leaves a log that is cut anywhere: what is read is
// then a whole number of generations, in order.
TEST(GenerationStore, ReadsATornLogAsAPrefix) {
  TemporaryDirectory directory;
  const fs::path path = directory / "generations.db";
  const fs::path wal = directory / "generations.db-wal";
  constexpr uint64_t kCount = 4;
  GenerationStore store = open_store(path);
  std::vector<uintmax_t> durable_bytes;  // of the log after each append
  for (uint64_t number = 1; number <= kCount; ++number) {
    ASSERT_TRUE(store.append(make_generation(number)));
    durable_bytes.push_back(fs::file_size(wal));
  }

  TemporaryDirectory torn;
  constexpr uintmax_t kStepBytes = 509;
  for (uintmax_t bytes = durable_bytes[0]; bytes <= durable_bytes.back(); bytes += kStepBytes) {
    fs::copy_file(path, torn / "generations.db", fs::copy_options::overwrite_existing);
    fs::copy_file(wal, torn / "generations.db-wal", fs::copy_options::overwrite_existing);
    fs::resize_file(torn / "generations.db-wal", bytes);
    const auto survived = std::ranges::count_if(
        durable_bytes, [bytes](uintmax_t durable) { return durable <= bytes; });
    EXPECT_EQ(*open_store(torn / "generations.db").load_generations(),
              make_log(static_cast<uint64_t>(survived)))
        << bytes << " bytes";
    fs::remove(torn / "generations.db-shm");
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the pinned buckets when tables change, on maps of the real kernel.
#include "dataplane/bucket_memory.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <set>

#include "mapped_array.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kCapacity = 64;
constexpr uint32_t kPool = 7;
constexpr uint32_t kOtherPool = 255;

class BucketMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    pools_fd_ = test::create_mappable_array<uint64_t>(RCH_POOLS_MAX);
    buckets_fd_ = test::create_mappable_array<rch_bucket>(kCapacity);
    words_.emplace(pools_fd_.get(), RCH_POOLS_MAX);
    buckets_.emplace(buckets_fd_.get(), kCapacity);
    auto memory = BucketMemory::map(pools_fd_.get(), buckets_fd_.get(), kCapacity);
    ASSERT_TRUE(memory) << memory.error().message;
    memory_.emplace(*std::move(memory));
  }

  void publish(uint32_t pool, size_t count, BackendId owner, uint32_t flags = 0) {
    const std::vector<Bucket> table(count, Bucket{{owner, 0, 0, 0}});
    const auto published = memory_->publish(pool, table, flags);
    ASSERT_TRUE(published) << published.error().message;
    EXPECT_EQ(memory_->read(pool), table);
  }

  [[nodiscard]] uint32_t offset(uint32_t pool) const {
    return rch_pool_offset(words_->values()[pool]);
  }
  // As the program sees the table.
  [[nodiscard]] std::span<rch_bucket> table(uint32_t pool) const {
    const uint64_t word = words_->values()[pool];
    return buckets_->values().subspan(offset(pool), rch_pool_mask(word) + 1);
  }
  void pin(uint32_t pool, const std::set<size_t>& buckets) {
    for (const size_t bucket : buckets) table(pool)[bucket] |= RCH_BUCKET_PINNED;
  }
  [[nodiscard]] std::set<size_t> pinned(uint32_t pool) const {
    std::set<size_t> found;
    for (size_t i = 0; i < table(pool).size(); ++i) {
      if (table(pool)[i] & RCH_BUCKET_PINNED) found.insert(i);
    }
    return found;
  }

  Fd pools_fd_;
  Fd buckets_fd_;
  std::optional<test::MappedArray<uint64_t>> words_;
  std::optional<test::MappedArray<rch_bucket>> buckets_;
  std::optional<BucketMemory> memory_;
};

TEST_F(BucketMemoryTest, PinnedBucketsStaySo) {
  publish(kPool, 8, 1);
  EXPECT_THAT(pinned(kPool), IsEmpty());
  pin(kPool, {1, 6});
  publish(kPool, 8, 2);
  EXPECT_THAT(pinned(kPool), ElementsAre(1, 6));
}

TEST_F(BucketMemoryTest, AFlowsBucketIsPinnedInALargerTable) {
  publish(kPool, 4, 1);
  pin(kPool, {1});
  publish(kPool, 16, 2);
  EXPECT_THAT(pinned(kPool), ElementsAre(1, 5, 9, 13));
}

TEST_F(BucketMemoryTest, AFlowsBucketIsPinnedInASmallerTable) {
  publish(kPool, 16, 1);
  pin(kPool, {5, 14});
  publish(kPool, 4, 2);
  EXPECT_THAT(pinned(kPool), ElementsAre(1, 2));
}

TEST_F(BucketMemoryTest, AnotherPoolsBucketsAreNot) {
  publish(kPool, 8, 1);
  pin(kPool, {0, 1, 2, 3, 4, 5, 6, 7});
  publish(kOtherPool, 8, 1);
  EXPECT_THAT(pinned(kOtherPool), IsEmpty());
}

// Nothing of it is left for a later table either.
TEST_F(BucketMemoryTest, WithoutMarksThatSaySoNoBucketIsPinned) {
  for (const uint32_t flag : {RCH_POOL_MARK_ECMP_ER, RCH_POOL_NO_HISTORY}) {
    publish(kPool, 8, 1);
    pin(kPool, {1, 6});
    publish(kPool, 8, 2, flag);
    EXPECT_THAT(pinned(kPool), IsEmpty()) << flag;
    publish(kPool, 8, 3);
    EXPECT_THAT(pinned(kPool), IsEmpty()) << flag;
  }
}

TEST_F(BucketMemoryTest, PinnedBucketsMoveWithTheirTable) {
  constexpr std::array<uint32_t, 6> kPools = {1, 2, 3, 4, 5, 6};
  for (const uint32_t pool : kPools) publish(pool, 8, 1);
  for (const uint32_t pool : kPools) pin(pool, {pool});
  const std::array before = {offset(2), offset(4), offset(6)};
  for (const uint32_t pool : {1, 3, 5}) memory_->clear(pool);
  publish(kPool, 32, 2);
  const std::array after = {offset(2), offset(4), offset(6)};
  EXPECT_NE(before, after) << "nothing was in the way";
  for (const uint32_t pool : {2, 4, 6}) EXPECT_THAT(pinned(pool), ElementsAre(pool));
}

TEST_F(BucketMemoryTest, OnlyBucketsWithAPinAreKept) {
  publish(kPool, 8, 1);
  publish(kOtherPool, 2, 2);
  pin(kPool, {1, 3, 7});
  pin(kOtherPool, {0, 1});
  memory_->keep_pinned(std::array{8 + 3u, 16 + 5u});
  EXPECT_THAT(pinned(kPool), ElementsAre(3)) << "a pin alone makes no bucket a pinned one";
  EXPECT_THAT(pinned(kOtherPool), ElementsAre(1));
  EXPECT_EQ(memory_->read(kPool), std::vector<Bucket>(8, Bucket{{1, 0, 0, 0}}));

  memory_->keep_pinned({});
  EXPECT_THAT(pinned(kPool), IsEmpty());
  EXPECT_THAT(pinned(kOtherPool), IsEmpty());
  EXPECT_EQ(memory_->read(kOtherPool), std::vector<Bucket>(2, Bucket{{2, 0, 0, 0}}));
}

}  // namespace
}  // namespace ricochet

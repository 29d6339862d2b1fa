// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the pinned buckets when tables change, on maps of the real kernel.
#include "dataplane/bucket_memory.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <set>
#include <thread>

#include "mapped_array.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kCapacity = 64;
constexpr uint32_t kPool = 7;
constexpr uint32_t kOtherPool = 255;
constexpr uint32_t kPinSets = 2;

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
    pins_fd_ = test::create_mappable_array<rch_word_set>(kPinSets);
    pin_sets_.emplace(pins_fd_.get(), kPinSets);
    auto pins = PinTable::map(pins_fd_.get(), kPinSets);
    ASSERT_TRUE(pins) << pins.error().message;
    pins_.emplace(*std::move(pins));
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
  // Makes the pins those of flows with these bucket hashes.
  void set_pins(const std::vector<uint32_t>& bucket_hashes) {
    rch_word_set set{};
    for (size_t i = 0; i < bucket_hashes.size(); ++i) {
      set.word[i] = rch_pin(uint64_t{bucket_hashes[i]} << 32, 1, 0);
      ASSERT_EQ(rch_bucket_hash(set.word[i]), bucket_hashes[i]);
    }
    pin_sets_->values()[kPinSets - 1] = set;
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
  Fd pins_fd_;
  std::optional<test::MappedArray<rch_word_set>> pin_sets_;
  std::optional<PinTable> pins_;
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
  set_pins({8 + 3, 16 + 5});
  memory_->keep_pinned(*pins_);
  EXPECT_THAT(pinned(kPool), ElementsAre(3)) << "a pin alone makes no bucket a pinned one";
  EXPECT_THAT(pinned(kOtherPool), ElementsAre(1));
  EXPECT_EQ(memory_->read(kPool), std::vector<Bucket>(8, Bucket{{1, 0, 0, 0}}));

  set_pins({});
  memory_->keep_pinned(*pins_);
  EXPECT_THAT(pinned(kPool), IsEmpty());
  EXPECT_THAT(pinned(kOtherPool), IsEmpty());
  EXPECT_EQ(memory_->read(kOtherPool), std::vector<Bucket>(2, Bucket{{2, 0, 0, 0}}));
}

TEST_F(BucketMemoryTest, TablesThatAreNewArePinnedWhereThereIsAPin) {
  publish(kPool, 8, 1);
  publish(kOtherPool, 8, 2, RCH_POOL_NO_HISTORY);
  set_pins({8 + 3, 16 + 5});
  memory_->set_pinned(*pins_);
  EXPECT_THAT(pinned(kPool), ElementsAre(3, 5));
  EXPECT_THAT(pinned(kOtherPool), IsEmpty());
  EXPECT_EQ(memory_->read(kPool), std::vector<Bucket>(8, Bucket{{1, 0, 0, 0}}));
}

// A packet that still has the old table pins its flow there, before publish() says that none has.
TEST_F(BucketMemoryTest, WhatTheLastPacketsOfATablePinStaysPinned) {
  constexpr int kTries = 50;  // the packet may come too late
  bool carried = false;
  for (int i = 0; i < kTries && !carried; ++i) {
    publish(kPool, 8, 1);
    const std::atomic_ref<uint64_t> word(words_->values()[kPool]);
    const uint64_t old_word = word;
    const std::span<rch_bucket> old_table = table(kPool);
    std::thread packet([&] {
      while (word == old_word) std::this_thread::yield();
      std::atomic_ref<rch_bucket>(old_table[3]).fetch_or(RCH_BUCKET_PINNED);
    });
    publish(kPool, 8, 2);
    carried = pinned(kPool).contains(3);
    packet.join();
  }
  EXPECT_TRUE(carried);
}

// A flow is pinned while its bucket loses the pin of another: the program writes the pin first.
TEST_F(BucketMemoryTest, ASweepLosesNoBucketThatIsPinnedMeanwhile) {
  publish(kPool, 8, 1);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> sweeps = 0;
  std::thread sweeper([&] {
    for (; !done; ++sweeps) memory_->keep_pinned(*pins_);
  });
  const std::atomic_ref<rch_bucket> bucket(table(kPool)[3]);
  const std::atomic_ref<__u64> pin(pin_sets_->values()[0].word[0]);
  int lost = 0;
  for (int i = 0; i < 2'000; ++i) {
    pin = 0;
    while (bucket & RCH_BUCKET_PINNED) std::this_thread::yield();
    pin = rch_pin(uint64_t{3} << 32, 1, 0);
    if (!(bucket & RCH_BUCKET_PINNED)) bucket.fetch_or(RCH_BUCKET_PINNED);
    const uint64_t seen = sweeps;
    while (sweeps < seen + 2) std::this_thread::yield();
    lost += !(bucket & RCH_BUCKET_PINNED);
  }
  done = true;
  sweeper.join();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace ricochet

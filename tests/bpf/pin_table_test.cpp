// SPDX-License-Identifier: Apache-2.0
//
// The daemon's side of the pins, on a map of the real kernel.
#include "dataplane/pin_table.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "mapped_array.h"

namespace ricochet {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kSets = 3;
constexpr uint64_t kFlow = 0x0123456789abcdef;
constexpr uint64_t kOtherFlow = 0xfedcba9876543210;
const uint64_t kPin = rch_pin(kFlow, 4096, 9);
const uint64_t kOtherPin = rch_pin(kOtherFlow, 1, 0);

class PinTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    map_ = test::create_mappable_array<rch_word_set>(kSets);
    sets_.emplace(map_.get(), kSets);
    auto table = PinTable::map(map_.get(), kSets);
    ASSERT_TRUE(table) << table.error().message;
    table_.emplace(*std::move(table));
  }

  __u64& word(uint32_t set, uint32_t place) { return sets_->values()[set].word[place]; }

  Fd map_;
  std::optional<test::MappedArray<rch_word_set>> sets_;  // as the program sees them
  std::optional<PinTable> table_;
};

TEST_F(PinTableTest, ASweepMakesEachPinOlder) {
  word(0, 0) = kPin;
  word(2, 7) = kOtherPin + 3;
  table_->sweep();
  EXPECT_EQ(word(0, 0), kPin + 1);
  EXPECT_EQ(word(2, 7), kOtherPin + 4);
  EXPECT_EQ(word(1, 0), 0);
}

TEST_F(PinTableTest, WhatNobodyUsesIsForgotten) {
  word(1, 4) = kPin;
  for (uint32_t sweep = 1; sweep < kPinSweeps; ++sweep) table_->sweep();
  EXPECT_EQ(word(1, 4), kPin + RCH_PIN_AGE_MAX);
  table_->sweep();
  EXPECT_EQ(word(1, 4), 0);
}

TEST_F(PinTableTest, WhatIsUsedBeginsAnew) {
  word(1, 4) = kPin;
  for (uint32_t sweep = 1; sweep < kPinSweeps; ++sweep) table_->sweep();
  word(1, 4) = kPin;
  for (uint32_t sweep = 1; sweep < kPinSweeps; ++sweep) table_->sweep();
  EXPECT_EQ(word(1, 4), kPin + RCH_PIN_AGE_MAX);
}

TEST_F(PinTableTest, TellsTheBucketsOfAll) {
  EXPECT_THAT(table_->bucket_hashes(), IsEmpty());
  word(0, 0) = kPin;
  word(2, 7) = kOtherPin + RCH_PIN_AGE_MAX;
  EXPECT_THAT(table_->bucket_hashes(),
              UnorderedElementsAre(rch_bucket_hash(kFlow), rch_bucket_hash(kOtherFlow)));
}

TEST_F(PinTableTest, TellsHowManyThereAre) {
  EXPECT_EQ(table_->use().used, 0);
  word(0, 0) = kPin;
  word(2, 7) = kOtherPin;
  EXPECT_EQ(table_->use().used, 2);
  EXPECT_EQ(table_->use().capacity, kSets * RCH_SET_WORDS);
}

TEST_F(PinTableTest, WithoutSetsThereIsNothingToSweep) {
  auto none = PinTable::map(-1, 0);
  ASSERT_TRUE(none);
  none->sweep();
  EXPECT_THAT(none->bucket_hashes(), IsEmpty());
  EXPECT_EQ(none->use().capacity, 0);
}

// A pin that the program writes while it is swept stays, and none that it replaced comes back.
TEST_F(PinTableTest, ASweepLosesNothingThatIsWrittenMeanwhile) {
  std::atomic<bool> done = false;
  std::thread sweeper([&] {
    while (!done) table_->sweep();
  });
  const std::atomic_ref<__u64> shared(word(0, 0));
  uint64_t strangers = 0;
  for (uint64_t i = 1; i <= 500'000; ++i) {
    const uint64_t flow = i << RCH_PIN_TAG_SHIFT;
    shared.store(rch_pin(flow, 1, 0));
    const uint64_t found = shared.load();
    strangers += found != 0 && !rch_pin_is_of(found, flow);
  }
  done = true;
  sweeper.join();
  EXPECT_EQ(strangers, 0);
}

}  // namespace
}  // namespace ricochet

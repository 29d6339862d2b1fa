// SPDX-License-Identifier: Apache-2.0
#include "dataplane/region_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace ricochet {
namespace {

TEST(RegionAllocatorTest, LeavesBucketZeroAlone) {
  RegionAllocator regions(8);
  EXPECT_EQ(regions.allocate(4), 1u);
  EXPECT_FALSE(regions.reserve(0, 1));
}

TEST(RegionAllocatorTest, FillsUpToTheLastBucket) {
  RegionAllocator regions(9);
  EXPECT_EQ(regions.allocate(4), 1u);
  EXPECT_EQ(regions.allocate(4), 5u);
  EXPECT_EQ(regions.used(), 8u);
  EXPECT_EQ(regions.allocate(1), std::nullopt);
}

TEST(RegionAllocatorTest, TakesTheFirstGapThatFits) {
  RegionAllocator regions(64);
  const uint32_t small = *regions.allocate(2);
  ASSERT_TRUE(regions.allocate(1));
  const uint32_t large = *regions.allocate(8);
  ASSERT_TRUE(regions.allocate(1));
  regions.release(small);
  regions.release(large);
  EXPECT_EQ(regions.allocate(4), large);
  EXPECT_EQ(regions.allocate(2), small);
  EXPECT_EQ(regions.allocate(4), large + 4);
}

TEST(RegionAllocatorTest, NeighbouringGapsBecomeOne) {
  RegionAllocator regions(9);
  const uint32_t left = *regions.allocate(4);
  const uint32_t right = *regions.allocate(4);
  regions.release(left);
  regions.release(right);
  EXPECT_EQ(regions.allocate(8), 1u);
}

TEST(RegionAllocatorTest, NothingIsNoRegion) {
  RegionAllocator regions(8);
  EXPECT_EQ(regions.allocate(0), std::nullopt);
  EXPECT_FALSE(regions.reserve(1, 0));
  EXPECT_EQ(RegionAllocator(0).allocate(1), std::nullopt);
  EXPECT_EQ(RegionAllocator(1).allocate(1), std::nullopt);
}

TEST(RegionAllocatorTest, ReservesWhatIsFree) {
  RegionAllocator regions(64);
  ASSERT_TRUE(regions.reserve(16, 16));
  EXPECT_FALSE(regions.reserve(16, 16));
  EXPECT_FALSE(regions.reserve(15, 2));
  EXPECT_FALSE(regions.reserve(31, 1));
  EXPECT_FALSE(regions.reserve(8, 32));
  EXPECT_FALSE(regions.reserve(20, 4));
  EXPECT_TRUE(regions.reserve(32, 32));
  EXPECT_TRUE(regions.reserve(8, 8));
  EXPECT_EQ(regions.used(), 56u);
  EXPECT_EQ(regions.allocate(8), std::nullopt);
  EXPECT_EQ(regions.allocate(7), 1u);
}

TEST(RegionAllocatorTest, ReservesNothingBeyondTheEnd) {
  RegionAllocator regions(64);
  constexpr uint32_t kHuge = std::numeric_limits<uint32_t>::max();
  EXPECT_FALSE(regions.reserve(63, 2));
  EXPECT_FALSE(regions.reserve(64, 1));
  EXPECT_FALSE(regions.reserve(kHuge, 1));
  EXPECT_FALSE(regions.reserve(2, kHuge));
  EXPECT_EQ(regions.allocate(kHuge), std::nullopt);
  EXPECT_TRUE(regions.reserve(63, 1));
}

// Every bucket is marked by hand: no two regions ever share one.
TEST(RegionAllocatorTest, RegionsNeverOverlapUnderChurn) {
  struct Region {
    uint32_t offset;
    uint32_t count;
  };
  constexpr uint32_t kCapacity = 500;
  std::mt19937 random(1);  // repeatable on purpose
  RegionAllocator regions(kCapacity);
  std::vector<bool> taken(kCapacity);
  std::vector<Region> held;
  const auto longest_gap = [&] {
    uint32_t longest = 0;
    for (uint32_t bucket = 1, length = 0; bucket < kCapacity; ++bucket) {
      length = taken[bucket] ? 0 : length + 1;
      longest = std::max(longest, length);
    }
    return longest;
  };
  for (int step = 0; step < 20'000; ++step) {
    if (!held.empty() && random() % 2 == 0) {
      const size_t victim = random() % held.size();
      for (uint32_t i = 0; i < held[victim].count; ++i) taken[held[victim].offset + i] = false;
      regions.release(held[victim].offset);
      held.erase(held.begin() + static_cast<ptrdiff_t>(victim));
      continue;
    }
    const uint32_t count = 1u << random() % 7;
    const auto offset = regions.allocate(count);
    ASSERT_EQ(offset.has_value(), longest_gap() >= count);
    if (!offset) continue;
    ASSERT_GE(*offset, 1u);
    ASSERT_LE(*offset + count, kCapacity);
    for (uint32_t i = 0; i < count; ++i) {
      ASSERT_FALSE(taken[*offset + i]);
      taken[*offset + i] = true;
    }
    held.push_back({*offset, count});
    ASSERT_EQ(regions.used(), std::ranges::count(taken, true));
  }
}

}  // namespace
}  // namespace ricochet

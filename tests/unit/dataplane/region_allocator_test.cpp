// SPDX-License-Identifier: Apache-2.0
#include "dataplane/region_allocator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Move = RegionAllocator::Move;

// Where a region of `count` buckets got its room, after the moves that it took.
std::optional<uint32_t> take(RegionAllocator& regions, uint32_t count) {
  const auto room = regions.make_room(count);
  if (!room) return std::nullopt;
  for (const Move& move : room->moves) {
    EXPECT_TRUE(regions.reserve(move.to, move.count));
    regions.release(move.from);
  }
  EXPECT_TRUE(regions.reserve(room->offset, count));
  return room->offset;
}

TEST(RegionAllocatorTest, LeavesBucketZeroAlone) {
  RegionAllocator regions(8);
  EXPECT_EQ(take(regions, 4), 1u);
  EXPECT_FALSE(regions.reserve(0, 1));
}

TEST(RegionAllocatorTest, FillsUpToTheLastBucket) {
  RegionAllocator regions(9);
  EXPECT_EQ(take(regions, 4), 1u);
  EXPECT_EQ(take(regions, 4), 5u);
  EXPECT_EQ(regions.used(), 8u);
  EXPECT_EQ(take(regions, 1), std::nullopt);
}

TEST(RegionAllocatorTest, MakingRoomTakesNothing) {
  const RegionAllocator regions(9);
  ASSERT_TRUE(regions.make_room(8));
  EXPECT_EQ(regions.used(), 0u);
}

TEST(RegionAllocatorTest, MovesNothingWhereAGapIsLargeEnough) {
  RegionAllocator regions(17);
  ASSERT_TRUE(regions.reserve(1, 1));
  ASSERT_TRUE(regions.reserve(5, 4));
  const auto room = regions.make_room(8);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->offset, 9u);
  EXPECT_THAT(room->moves, IsEmpty());
}

TEST(RegionAllocatorTest, MovesTheLeastThatIsInTheWay) {
  RegionAllocator regions(9);
  ASSERT_TRUE(regions.reserve(1, 2));
  ASSERT_TRUE(regions.reserve(5, 1));
  const auto room = regions.make_room(4);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->offset, 5u);
  EXPECT_THAT(room->moves, ElementsAre(Move{.from = 5, .to = 3, .count = 1}));
}

TEST(RegionAllocatorTest, WhatHasToMoveMayNeedRoomItself) {
  RegionAllocator regions(17);
  ASSERT_TRUE(regions.reserve(1, 1));
  ASSERT_TRUE(regions.reserve(4, 1));
  ASSERT_TRUE(regions.reserve(5, 1));
  ASSERT_TRUE(regions.reserve(9, 2));
  ASSERT_TRUE(regions.reserve(13, 2));  // 9 are free; the first half has 3, the second one 4
  const auto room = regions.make_room(8);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->offset, 1u);
  EXPECT_EQ(room->moves.size(), 3u);
  EXPECT_EQ(take(regions, 8), 1u);
}

TEST(RegionAllocatorTest, TheRestAtTheEndTakesWhatHasToMove) {
  RegionAllocator regions(11);  // one place of 8, and 2
  ASSERT_TRUE(regions.reserve(3, 2));
  const auto room = regions.make_room(8);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->offset, 1u);
  EXPECT_THAT(room->moves, ElementsAre(Move{.from = 3, .to = 9, .count = 2}));
}

TEST(RegionAllocatorTest, ReservesPlacesOfPowersOfTwo) {
  RegionAllocator regions(65);
  ASSERT_TRUE(regions.reserve(17, 16));
  EXPECT_FALSE(regions.reserve(17, 16));
  EXPECT_FALSE(regions.reserve(25, 8)) << "within one";
  EXPECT_FALSE(regions.reserve(1, 32)) << "around one";
  EXPECT_FALSE(regions.reserve(34, 2)) << "no place of two";
  EXPECT_FALSE(regions.reserve(33, 3)) << "no power of two";
  EXPECT_FALSE(regions.reserve(33, 0));
  EXPECT_TRUE(regions.reserve(33, 32));
  EXPECT_TRUE(regions.reserve(9, 8));
  EXPECT_EQ(regions.used(), 56u);
}

TEST(RegionAllocatorTest, HasNothingBeyondTheEnd) {
  RegionAllocator regions(64);
  constexpr uint32_t kHuge = 1u << 31;
  EXPECT_FALSE(regions.reserve(63, 2));
  EXPECT_FALSE(regions.reserve(64, 1));
  EXPECT_FALSE(regions.reserve(kHuge + 1, kHuge));
  EXPECT_FALSE(regions.reserve(std::numeric_limits<uint32_t>::max(), 1));
  EXPECT_EQ(take(regions, kHuge), std::nullopt);
  EXPECT_EQ(take(regions, 64), std::nullopt);
  EXPECT_EQ(take(regions, 0), std::nullopt);
  EXPECT_EQ(take(regions, 3), std::nullopt);
  EXPECT_TRUE(regions.reserve(63, 1));
  EXPECT_FALSE(RegionAllocator(0).make_room(1));
  EXPECT_FALSE(RegionAllocator(1).make_room(1));
}

// What memory holds, marked by hand for every bucket.
class Buckets {
 public:
  explicit Buckets(uint32_t capacity) : taken_(capacity) {}

  void fill(uint32_t offset, uint32_t count) { set(offset, count, true); }
  void empty(uint32_t offset, uint32_t count) { set(offset, count, false); }

 private:
  void set(uint32_t offset, uint32_t count, bool value) {
    ASSERT_GE(offset, 1u);
    ASSERT_LE(offset + count, taken_.size());
    for (uint32_t bucket = offset; bucket < offset + count; ++bucket) {
      ASSERT_NE(taken_[bucket], value) << bucket;
      taken_[bucket] = value;
    }
  }

  std::vector<bool> taken_;
};

// Whatever came and went before: as long as so many buckets are free, there is room.
TEST(RegionAllocatorTest, MemoryThatIsFreeCanAlwaysBeHad) {
  std::mt19937 random(1);  // repeatable on purpose
  size_t moves = 0;
  for (const uint32_t capacity : {500u, 512u, 513u, 33u}) {
    RegionAllocator regions(capacity);
    Buckets buckets(capacity);
    std::vector<RegionAllocator::Move> held;  // `to` is where it is now
    for (int step = 0; step < 20'000 && !HasFailure(); ++step) {
      if (!held.empty() && random() % 2 == 0) {
        const size_t victim = random() % held.size();
        buckets.empty(held[victim].to, held[victim].count);
        regions.release(held[victim].to);
        held.erase(held.begin() + static_cast<ptrdiff_t>(victim));
        continue;
      }
      const uint32_t count = 1u << random() % 8;
      const auto room = regions.make_room(count);
      ASSERT_EQ(room.has_value(), 1 + regions.used() + count <= capacity);
      if (!room) continue;
      for (const Move& move : room->moves) {
        const auto region = std::ranges::find(held, move.from, &Move::to);
        ASSERT_NE(region, held.end());
        ASSERT_EQ(region->count, move.count);
        ASSERT_TRUE(regions.reserve(move.to, move.count));
        buckets.fill(move.to, move.count);
        regions.release(move.from);
        buckets.empty(move.from, move.count);
        region->to = move.to;
        ++moves;
      }
      ASSERT_TRUE(regions.reserve(room->offset, count));
      buckets.fill(room->offset, count);
      held.push_back({.from = 0, .to = room->offset, .count = count});
    }
  }
  EXPECT_GT(moves, 1000u);
}

}  // namespace
}  // namespace ricochet

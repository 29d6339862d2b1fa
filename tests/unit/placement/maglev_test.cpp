// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "placement/bucket.h"

namespace ricochet {
namespace {

constexpr uint32_t kCount = 65536;

// Addresses in a row, as in most server rooms: 10.0.1.1, 10.0.1.2, ...
std::vector<Candidate> row_of(uint32_t size) {
  std::vector<Candidate> candidates;
  for (uint32_t index = 0; index < size; ++index) {
    candidates.push_back({.id = static_cast<BackendId>(index + 1), .identity = 0x0a000101 + index});
  }
  return candidates;
}

std::vector<Candidate> weighted(const std::vector<uint32_t>& weights) {
  auto candidates = row_of(static_cast<uint32_t>(weights.size()));
  for (size_t index = 0; index < weights.size(); ++index) {
    candidates[index].weight = weights[index];
  }
  return candidates;
}

std::map<BackendId, uint32_t> shares(const std::vector<BackendId>& owners) {
  std::map<BackendId, uint32_t> counts;
  for (const BackendId owner : owners) ++counts[owner];
  return counts;
}

uint32_t moved_between(const std::vector<BackendId>& before, const std::vector<BackendId>& after) {
  uint32_t moved = 0;
  for (size_t bucket = 0; bucket < before.size(); ++bucket)
    moved += before[bucket] != after[bucket];
  return moved;
}

// How far the shares are from weights at most, in buckets.
double greatest_error(const std::vector<Candidate>& candidates, uint32_t count) {
  const auto counts = shares(place_maglev(candidates, count));
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  double greatest = 0;
  for (const Candidate& candidate : candidates) {
    const auto found = counts.find(candidate.id);
    const double share = found == counts.end() ? 0 : found->second;
    greatest = std::max(greatest, std::abs(share - count * candidate.weight / total));
  }
  return greatest;
}

TEST(MaglevTest, GivesEveryBucketToACandidate) {
  for (const uint32_t count : {1u, 2u, 64u, kCount}) {
    const auto owners = place_maglev(row_of(12), count);
    ASSERT_EQ(owners.size(), count);
    EXPECT_TRUE(std::ranges::all_of(owners, [](BackendId id) { return id >= 1 && id <= 12; }));
  }
}

TEST(MaglevTest, NobodyGivesNoPlacement) {
  EXPECT_TRUE(place_maglev({}, kCount).empty());
}

TEST(MaglevTest, EqualCandidatesDifferByOneBucketAtMost) {
  for (const uint32_t size : {1u, 2u, 3u, 12u, 1000u, 4096u}) {
    for (const uint32_t weight : {1u, 7u, 256u}) {
      auto candidates = row_of(size);
      for (Candidate& candidate : candidates) candidate.weight = weight;
      EXPECT_LT(greatest_error(candidates, kCount), 1) << size << " of weight " << weight;
    }
  }
}

TEST(MaglevTest, SharesFollowWeights) {
  EXPECT_LE(greatest_error(weighted({1, 2}), kCount), 1);
  EXPECT_LE(greatest_error(weighted({256, 1}), kCount), 1);
  EXPECT_LE(greatest_error(weighted({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}), kCount), 2);
  std::mt19937 random(1);  // repeatable on purpose
  for (int sample = 0; sample < 20; ++sample) {
    std::vector<uint32_t> weights(1 + random() % 300);
    for (uint32_t& weight : weights) weight = 1 + random() % kWeightMax;
    EXPECT_LE(greatest_error(weighted(weights), kCount), 3) << weights.size() << " candidates";
  }
}

// A table too small for one whole cycle of turns: without staggered starts the heavy one would
// have 255 turns before any of the light ones has its first.
TEST(MaglevTest, SharesFollowWeightsInASmallTable) {
  std::vector<uint32_t> weights(1000, 1);
  weights[0] = 256;
  const auto counts = shares(place_maglev(weighted(weights), 1024));
  EXPECT_NEAR(counts.at(1), 1024.0 * 256 / 1255, 10);
}

TEST(MaglevTest, OnlyTheRatioOfWeightsCounts) {
  EXPECT_EQ(place_maglev(weighted({1, 2, 3}), kCount),
            place_maglev(weighted({80, 160, 240}), kCount));
}

TEST(MaglevTest, TheOrderOfCandidatesDoesNotCount) {
  auto candidates = weighted({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8});
  const auto expected = place_maglev(candidates, kCount);
  std::mt19937 random(1);  // repeatable on purpose
  for (int sample = 0; sample < 10; ++sample) {
    std::ranges::shuffle(candidates, random);
    ASSERT_EQ(place_maglev(candidates, kCount), expected);
  }
}

TEST(MaglevTest, IdsDoNotCount) {
  auto candidates = weighted({1, 2, 3, 4, 5});
  auto expected = place_maglev(candidates, kCount);
  const auto renamed = [](BackendId id) { return static_cast<BackendId>(4000 - 7 * id); };
  for (Candidate& candidate : candidates) candidate.id = renamed(candidate.id);
  std::ranges::transform(expected, expected.begin(), renamed);
  EXPECT_EQ(place_maglev(candidates, kCount), expected);
}

// Routers of different versions that build the same pool must agree, or connections break.
TEST(MaglevTest, IsTheSameInEveryVersion) {
  EXPECT_EQ(place_maglev(row_of(4), 16),
            (std::vector<BackendId>{1, 2, 2, 3, 4, 1, 1, 2, 4, 2, 1, 4, 3, 4, 3, 3}));
  EXPECT_EQ(place_maglev(weighted({1, 2, 5}), 16),
            (std::vector<BackendId>{2, 3, 2, 3, 3, 3, 1, 3, 3, 2, 2, 1, 3, 3, 3, 3}));
}

TEST(MaglevTest, RemovingOneMovesItsBucketsAndFewOthers) {
  for (const uint32_t size : {4u, 12u, 100u}) {
    const auto all = row_of(size);
    const auto before = place_maglev(all, kCount);
    for (uint32_t victim = 0; victim < size; victim += std::max(1u, size / 4)) {
      auto rest = all;
      rest.erase(rest.begin() + victim);
      const auto after = place_maglev(rest, kCount);
      const uint32_t own = shares(before)[static_cast<BackendId>(victim + 1)];
      EXPECT_LE(moved_between(before, after) - own, kCount / 50) << size << " less " << victim;
    }
  }
}

TEST(MaglevTest, AddingOneIsRemovingItBackwards) {
  const auto three = place_maglev(row_of(3), kCount);
  const auto four = place_maglev(row_of(4), kCount);
  EXPECT_EQ(place_maglev(row_of(3), kCount), three);
  EXPECT_LE(moved_between(three, four), kCount / 4 + kCount / 50);
}

TEST(MaglevTest, ChangingAWeightMovesLittle) {
  const auto before = place_maglev(weighted({10, 10, 10, 10}), kCount);
  const auto after = place_maglev(weighted({10, 10, 10, 9}), kCount);
  EXPECT_LE(moved_between(before, after), kCount / 20);
}

TEST(MaglevTest, NeighbouringAddressesPlaceUnlikeEachOther) {
  // Two that walked alike would meet in runs; independent ones own every second bucket by chance.
  const auto owners = place_maglev(row_of(2), kCount);
  uint32_t same_as_next = 0;
  for (uint32_t bucket = 0; bucket + 1 < kCount; ++bucket) {
    same_as_next += owners[bucket] == owners[bucket + 1];
  }
  EXPECT_NEAR(same_as_next, kCount / 2.0, kCount / 8.0);
}

TEST(MaglevTest, MoreCandidatesThanBucketsLeavesSomeOut) {
  const auto owners = place_maglev(row_of(100), 16);
  const auto counts = shares(owners);
  EXPECT_EQ(owners.size(), 16u);
  EXPECT_EQ(counts.size(), 16u);  // nobody twice
}

TEST(MaglevTest, PlacesTheGreatestTable) {
  const auto owners = place_maglev(row_of(3), 1u << 24);
  EXPECT_EQ(shares(owners).size(), 3u);
}

}  // namespace
}  // namespace ricochet

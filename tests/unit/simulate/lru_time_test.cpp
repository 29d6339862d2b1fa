// SPDX-License-Identifier: Apache-2.0
#include "simulate/lru_time.h"

#include <gtest/gtest.h>

#include <vector>

namespace ricochet {
namespace {

constexpr double kTimeS = 1000;
constexpr double kExactS = 1e-6;

TEST(LruTime, NothingIsEvictedWhereAllFit) {
  EXPECT_EQ(lru_time_s({}, 1, kTimeS, 1), kTimeS);
  const std::vector<EntryUse> uses(10, {.gap_s = 1, .packets = 1});
  EXPECT_EQ(lru_time_s(uses, 1, kTimeS, 10), kTimeS);
}

TEST(LruTime, SinglePacketsAreKeptUntilAsManyHaveCome) {
  // 1000 of them in 1000 s, one a second: 20 entries are 20 s.
  const std::vector<EntryUse> uses(1000, {.gap_s = 1, .packets = 1});
  EXPECT_NEAR(lru_time_s(uses, 1, kTimeS, 20), 20, kExactS);
}

TEST(LruTime, AFlowThatSendsOftenTakesOneEntryAsLongAsItSends) {
  // 9 flows that send each second all the time, and 1000 single packets.
  std::vector<EntryUse> uses(1000, {.gap_s = 1, .packets = 1});
  uses.insert(uses.end(), 9, {.gap_s = 1, .packets = 1001});
  // 20 = 9 (1 + t / 1000) + t
  EXPECT_NEAR(lru_time_s(uses, 1, kTimeS, 20), 11 / 1.009, kExactS);
}

TEST(LruTime, ASampleStandsForAll) {
  const std::vector<EntryUse> uses(100, {.gap_s = 1, .packets = 1});
  EXPECT_NEAR(lru_time_s(uses, 10, kTimeS, 20), 20, kExactS);
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tables.h"

namespace ricochet {
namespace {

constexpr uint32_t kRows = 256;
constexpr BackendId kBackends = 8;

struct Director {
  std::vector<Bucket> follow(const FleetChange& change) {
    fleet.apply(change);
    cost = {};
    const auto table = maker->follow(fleet, cost);
    return {table.begin(), table.end()};
  }

  std::unique_ptr<TableMaker> maker = make_rendezvous_tables(kRows, kBackends);
  Fleet fleet{kBackends};
  ChangeCost cost;
};

TEST(RendezvousTables, TwoServersARowAndEverybodyInBothPlaces) {
  Director director;
  const auto table = director.follow(change_to(FleetState::active, 1, kBackends));
  for (const size_t place : {0, 1}) {
    auto owners = owners_at(table, place);
    for (BackendId id = 1; id <= kBackends; ++id) {
      EXPECT_NEAR(static_cast<double>(std::ranges::count(owners, id)), kRows / kBackends, 20);
    }
  }
  for (const Bucket& row : table) {
    EXPECT_NE(row.owner[0], row.owner[1]);
    EXPECT_EQ(row.owner[2], 0);
  }
}

TEST(RendezvousTables, WhoDrainsGivesHisPlaceToTheSecond) {
  Director director;
  const auto before = director.follow(change_to(FleetState::active, 1, kBackends));
  const auto after = director.follow(change_to(FleetState::draining, 3, 3));
  for (size_t row = 0; row < kRows; ++row) {
    auto expected = before[row].owner;
    if (expected[0] == 3) std::swap(expected[0], expected[1]);
    EXPECT_EQ(after[row].owner, expected);
  }
  EXPECT_EQ(director.cost.history_evicted_live, 0u);
  EXPECT_EQ(director.follow(change_to(FleetState::active, 3, 3)), before);
}

TEST(RendezvousTables, WhoIsAddedOrRemovedLeavesTheOrderOfOthers) {
  Director director;
  const auto before = director.follow(change_to(FleetState::active, 1, kBackends));
  const auto without = director.follow(change_to(FleetState::absent, 3, 3));
  EXPECT_EQ(director.cost.buckets_moved,
            static_cast<uint32_t>(std::ranges::count(owners_at(before, 0), 3)));
  for (size_t row = 0; row < kRows; ++row) {
    EXPECT_EQ(std::ranges::count(without[row].owner, 3), 0);
    if (before[row].owner[0] == 3) {
      EXPECT_EQ(without[row].owner[0], before[row].owner[1]);
    } else {
      EXPECT_EQ(without[row].owner[0], before[row].owner[0]);
    }
  }
  EXPECT_EQ(director.follow(change_to(FleetState::active, 3, 3)), before);
}

TEST(RendezvousTables, WhereBothAreNotActiveTheyStay) {
  Director director;
  const auto before = director.follow(change_to(FleetState::active, 1, kBackends));
  EXPECT_EQ(director.follow(change_to(FleetState::dead, 1, kBackends)), before);
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tables.h"

namespace ricochet {
namespace {

using Owners = std::vector<BackendId>;

struct Group {
  explicit Group(bool forced) : maker(make_resilient_tables(8, forced)) {}

  Owners follow(const FleetChange& change) {
    fleet.apply(change);
    cost = {};
    return owners_at(maker->follow(fleet, cost), 0);
  }

  std::unique_ptr<TableMaker> maker;
  Fleet fleet{4};
  ChangeCost cost;
};

TEST(ResilientTables, OnlyBucketsOfWhoLeavesMove) {
  Group group(false);
  EXPECT_EQ(group.follow(change_to(FleetState::active, 1, 4)), (Owners{1, 1, 2, 2, 3, 3, 4, 4}));
  // Shares of 8 among 1, 3 and 4: 3, 2, 3.
  EXPECT_EQ(group.follow(change_to(FleetState::draining, 2, 2)), (Owners{1, 1, 1, 4, 3, 3, 4, 4}));
  EXPECT_EQ(group.cost.buckets_moved, 2u);
}

TEST(ResilientTables, WhoComesBackWaitsForBucketsThatAreFree) {
  Group group(false);
  group.follow(change_to(FleetState::active, 1, 4));
  group.follow(change_to(FleetState::draining, 2, 2));
  EXPECT_EQ(group.follow(change_to(FleetState::active, 2, 2)), (Owners{1, 1, 1, 4, 3, 3, 4, 4}));
  EXPECT_EQ(group.cost, ChangeCost{});
  EXPECT_EQ(group.follow(change_to(FleetState::dead, 3, 3)), (Owners{1, 1, 1, 4, 2, 2, 4, 4}));
}

TEST(ResilientTables, ByForceWhoComesBackGetsTheExcessOfOthers) {
  Group group(true);
  group.follow(change_to(FleetState::active, 1, 4));
  group.follow(change_to(FleetState::draining, 2, 2));
  EXPECT_EQ(group.follow(change_to(FleetState::active, 2, 2)), (Owners{2, 1, 1, 2, 3, 3, 4, 4}));
  EXPECT_EQ(group.cost.buckets_moved, 2u);
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "simulate/fleet.h"

#include <gtest/gtest.h>

namespace ricochet {
namespace {

using enum FleetState;

TEST(Fleet, BeginsAbsentAndBecomesWhatChangesSay) {
  Fleet fleet(4);
  EXPECT_TRUE(fleet.candidates().empty());
  fleet.apply({0, {{1, active}, {2, draining}, {3, dead}}});
  ASSERT_EQ(fleet.candidates().size(), 1u);
  EXPECT_EQ(fleet.candidates()[0].id, 1);
  EXPECT_TRUE(fleet.holds_connections(1));
  EXPECT_TRUE(fleet.holds_connections(2));
  EXPECT_FALSE(fleet.holds_connections(3));
  EXPECT_FALSE(fleet.holds_connections(4));
  EXPECT_EQ(fleet.owner_state(2), OwnerState::member);
  EXPECT_EQ(fleet.owner_state(3), OwnerState::dead);
  EXPECT_EQ(fleet.owner_state(4), OwnerState::removed);
}

TEST(FindDeaths, WhereConnectionsEndWithTheirServer) {
  const Deaths deaths = find_deaths({{0, {{1, active}, {2, active}, {3, active}}},
                                     {5, {{1, draining}}},
                                     {8, {{1, dead}, {2, absent}}},
                                     {9, {{1, active}, {2, dead}}},
                                     {12, {{1, dead}}}},
                                    3);
  EXPECT_EQ(deaths[1], (std::vector<double>{8, 12}));
  EXPECT_EQ(deaths[2], (std::vector<double>{8}));
  EXPECT_TRUE(deaths[3].empty());
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "simulate/churn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ricochet {
namespace {

constexpr size_t kBackends = 100;

size_t count(const Fleet& fleet, FleetState state) {
  size_t found = 0;
  for (size_t id = 1; id <= fleet.backends(); ++id) {
    if (fleet.state(static_cast<BackendId>(id)) == state) ++found;
  }
  return found;
}

TEST(Churn, BeginsAtZeroAndEndsInTimeWithBackendsOfTheFleet) {
  for (const std::string& name : churn_names()) {
    for (const size_t backends : {size_t{10}, kBackends, kBackendsMax}) {
      const auto changes = make_churn(*parse_churn(name), backends, 1);
      ASSERT_GT(changes.size(), 2u) << name;
      EXPECT_EQ(changes.front().time_s, 0);
      EXPECT_LT(changes.back().time_s, kSimulatedTimeS);
      EXPECT_TRUE(std::ranges::is_sorted(changes, {}, &FleetChange::time_s));
      Fleet fleet(backends);
      for (const FleetChange& change : changes) {
        for (const Transition& transition : change.transitions) {
          ASSERT_TRUE(transition.backend >= 1 && transition.backend <= backends) << name;
        }
        fleet.apply(change);
        EXPECT_GE(fleet.candidates().size(), backends / 2) << name;
      }
    }
  }
}

TEST(Churn, FlappingServersKeepTheirConnections) {
  const auto changes = make_churn(ChurnModel::flap, 10 * kBackends, 1);
  std::set<BackendId> flapping;
  for (size_t i = 1; i < changes.size(); ++i) {
    for (const Transition& transition : changes[i].transitions) flapping.insert(transition.backend);
  }
  EXPECT_EQ(flapping.size(), 10u);
  const Deaths deaths = find_deaths(changes, 10 * kBackends);
  EXPECT_TRUE(std::ranges::all_of(deaths, &std::vector<double>::empty));
  EXPECT_EQ(changes, make_churn(ChurnModel::flap, 10 * kBackends, 1));
  EXPECT_NE(changes, make_churn(ChurnModel::flap, 10 * kBackends, 2));
}

TEST(Churn, RollingRestartsEveryServerOnce) {
  const auto changes = make_churn(ChurnModel::rolling, kBackends, 1);
  const Deaths deaths = find_deaths(changes, kBackends);
  for (size_t id = 1; id <= kBackends; ++id) EXPECT_EQ(deaths[id].size(), 1u);
  Fleet fleet(kBackends);
  for (const FleetChange& change : changes) {
    fleet.apply(change);
    EXPECT_GE(fleet.candidates().size(), kBackends - 2);
  }
  EXPECT_EQ(fleet.candidates().size(), kBackends);
}

TEST(Churn, ScaleGrowsByAQuarterAndShrinksAgain) {
  Fleet fleet(kBackends);
  size_t most = 0;
  for (const FleetChange& change : make_churn(ChurnModel::scale, kBackends, 1)) {
    fleet.apply(change);
    most = std::max(most, fleet.candidates().size());
  }
  EXPECT_EQ(most, kBackends);
  EXPECT_EQ(count(fleet, FleetState::active), kBackends * 4 / 5);
  EXPECT_EQ(count(fleet, FleetState::absent), kBackends / 5);
}

TEST(Churn, ARackDiesAtOnceAndComesBack) {
  const auto changes = make_churn(ChurnModel::correlated, kBackends, 1);
  Fleet fleet(kBackends);
  fleet.apply(changes[0]);
  fleet.apply(changes[1]);
  EXPECT_EQ(count(fleet, FleetState::dead), kBackends / 25);
  for (size_t i = 2; i < changes.size(); ++i) fleet.apply(changes[i]);
  EXPECT_EQ(fleet.candidates().size(), kBackends);
}

TEST(Churn, Names) {
  for (const std::string& name : churn_names()) EXPECT_EQ(to_string(*parse_churn(name)), name);
  EXPECT_EQ(parse_churn("chaos").error().message,
            "unknown churn 'chaos': choose one of flap, rolling, scale, correlated");
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "control/dataplane_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_dataplane.h"
#include "state_matchers.h"
#include "values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

constexpr Settings kSettings{.placement = Placement::modulo, .history = HistoryPolicy::two_tables};
const ServiceKey kFirst = service("10.0.10.0");
const ServiceKey kSecond = service("10.0.11.0", 80);
const Neighbours kNeighbours{{server(1), neighbour(1, 1)}, {server(2), neighbour(2, 2)}};

RouterState step(const RouterState& state, Services services) {
  Generation generation;
  generation.number = state.generation + 1;
  generation.services = std::move(services);
  return std::move(fold(state, generation, kSettings)->state);
}

// Changes that touch everything: backends, tables and services that come, stay and go.
std::vector<RouterState> sample_states() {
  std::vector<RouterState> states(1);
  states.push_back(step(states.back(), {{kFirst, servers({1})}}));
  states.push_back(step(states.back(), {{kFirst, servers({1, 2})}, {kSecond, servers({3})}}));
  states.push_back(step(states.back(), {{kSecond, servers({3, 4})}}));
  states.push_back(step(states.back(), {{kSecond, servers({5})}}));
  states.push_back(step(states.back(), {}));
  states.push_back(step(states.back(), {}));
  return states;
}

TEST(DataplaneSync, FollowsEveryState) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane, {.mark = MarkMode::ecmp_er});
  for (const RouterState& state : sample_states()) {
    std::set<PoolIndex> published;
    ASSERT_TRUE(sync.apply(state, kNeighbours, published));
    expect_holds(dataplane, state, kNeighbours);
    for (const PoolIndex pool : published) EXPECT_EQ(dataplane.mark_of(pool), MarkMode::ecmp_er);
  }
}

TEST(DataplaneSync, TouchesOnlyWhatDiffers) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane, {});
  const RouterState state = sample_states()[2];
  std::set<PoolIndex> published;
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  EXPECT_EQ(published, (std::set<PoolIndex>{0, 1}));

  dataplane.fail_after(0);
  published.clear();
  EXPECT_TRUE(sync.apply(state, kNeighbours, published)) << "nothing to do, nothing done";
  EXPECT_TRUE(published.empty());
}

TEST(DataplaneSync, ContinuesWhereItFailed) {
  const std::vector<RouterState> states = sample_states();
  for (size_t index = 1; index < states.size(); ++index) {
    for (size_t calls = 0;; ++calls) {
      FakeDataplane dataplane;
      DataplaneSync sync(dataplane, {});
      std::set<PoolIndex> published;
      ASSERT_TRUE(sync.apply(states[index - 1], {}, published));
      dataplane.fail_after(calls);
      const auto applied = sync.apply(states[index], kNeighbours, published);
      dataplane.heal();
      if (applied) break;
      EXPECT_THAT(applied.error().message, HasSubstr("the data plane cannot"));
      ASSERT_TRUE(sync.apply(states[index], kNeighbours, published));
      expect_holds(dataplane, states[index], kNeighbours);
    }
  }
}

TEST(DataplaneSync, AdoptsWhatADeadDaemonLeftAnywhereInBetween) {
  const std::vector<RouterState> states = sample_states();
  for (size_t index = 1; index < states.size(); ++index) {
    for (size_t calls = 0;; ++calls) {
      FakeDataplane dataplane;
      std::set<PoolIndex> published;
      DataplaneSync earlier(dataplane, {});
      ASSERT_TRUE(earlier.apply(states[index - 1], kNeighbours, published));
      dataplane.fail_after(calls);
      const bool finished = earlier.apply(states[index], kNeighbours, published).ok();
      dataplane.heal();

      DataplaneSync sync(dataplane, {});
      sync.adopt(states[index - 1].backends);
      ASSERT_TRUE(sync.apply(states[index], kNeighbours, published));
      expect_holds(dataplane, states[index], kNeighbours);
      if (finished) break;
    }
  }
}

TEST(DataplaneSync, PublishesNothingThatIsLiveAlready) {
  const RouterState state = sample_states()[2];
  FakeDataplane dataplane;
  std::set<PoolIndex> published;
  ASSERT_TRUE(DataplaneSync(dataplane, {}).apply(state, kNeighbours, published));

  published.clear();
  DataplaneSync sync(dataplane, {});
  sync.adopt({});
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  EXPECT_TRUE(published.empty());
  expect_holds(dataplane, state, kNeighbours);
}

TEST(DataplaneSync, SettlingOfAPoolThatIsGoneIsIgnored) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane, {});
  sync.clear_settling(7);  // the fake throws for a pool that is not there
}

}  // namespace
}  // namespace ricochet

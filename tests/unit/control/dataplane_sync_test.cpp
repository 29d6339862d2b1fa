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

constexpr TableOptions kTable{.placement = Placement::modulo,
                              .history = HistoryPolicy::two_tables,
                              .mark = MarkMode::ecmp_er};
const Neighbours kNeighbours{{server(1), neighbour("p1", 1)}, {server(2), neighbour("p2", 2)}};

RouterState step(const RouterState& state, const Configuration& wanted) {
  Generation generation;
  generation.number = state.generation + 1;
  generation.difference = difference(state.configuration, wanted);
  return std::move(fold(state, generation)->state);
}

Configuration configuration(std::map<std::string, Pool> pools,
                            std::initializer_list<std::pair<const char*, const char*>> services) {
  Configuration made;
  made.pools = std::move(pools);
  for (const auto& [name, pool] : services)
    made.services[service(name)] = {.pool = pool, .options = {}};
  return made;
}

// Changes that touch everything: backends, tables and services that come, stay, move and go.
std::vector<RouterState> sample_states() {
  std::vector<RouterState> states(1);
  const auto add = [&](const Configuration& wanted) {
    states.push_back(step(states.back(), wanted));
  };
  add(configuration({{"a", servers({1}, kTable)}}, {{"10.0.10.0", "a"}}));
  add(configuration({{"a", servers({1, 2}, kTable)}, {"b", servers({3}, kTable)}},
                    {{"10.0.10.0", "a"}, {"10.0.11.0:80/tcp", "b"}, {"10.0.12.0:80-82/udp", "b"}}));
  add(configuration({{"a", servers({1, 2}, kTable)}, {"b", servers({3, 4}, kTable)}},
                    {{"10.0.10.0", "b"}, {"10.0.11.0:80/tcp", "b"}, {"10.0.12.0:81-83/udp", "b"}}));
  add(configuration({{"b", servers({5})}}, {{"10.0.11.0:80/tcp", "b"}}));
  add(configuration({{"b", servers({})}}, {{"10.0.11.0:80/tcp", "b"}}));
  add({});
  return states;
}

TEST(DataplaneSync, FollowsEveryState) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane);
  for (const RouterState& state : sample_states()) {
    std::set<PoolIndex> published;
    ASSERT_TRUE(sync.apply(state, kNeighbours, published));
    expect_holds(dataplane, state, kNeighbours);
  }
}

TEST(DataplaneSync, ChangedFlagsArePublishedWithTheSameTable) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane);
  Configuration wanted = configuration({{"a", servers({1}, kTable)}}, {{"10.0.10.0", "a"}});
  const RouterState first = step({}, wanted);
  wanted.pools.at("a").table.mark = MarkMode::dscp;
  const RouterState second = step(first, wanted);
  std::set<PoolIndex> published;
  ASSERT_TRUE(sync.apply(first, kNeighbours, published));
  EXPECT_EQ(dataplane.flags_of(0), (TableFlags{.mark = MarkMode::ecmp_er, .history = true}));
  ASSERT_TRUE(sync.apply(second, kNeighbours, published));
  EXPECT_EQ(dataplane.flags_of(0), (TableFlags{.mark = MarkMode::dscp, .history = true}));
}

TEST(DataplaneSync, ARemovedBackendIsNotRevivedNorBelieved) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane);
  Pool pool = servers({1, 2});
  const RouterState first = step({}, configuration({{"a", pool}}, {}));
  pool.backends[0].state = BackendState::dead;
  pool.backends[0].agent = AgentUse::none;
  const RouterState second = step(first, configuration({{"a", pool}}, {}));
  const RouterState third = step(second, configuration({{"a", servers({2})}}, {}));
  std::set<PoolIndex> published;
  for (const RouterState& state : {first, second, third}) {
    ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  }
  const BackendEntry& removed = dataplane.backends.at(1);
  EXPECT_EQ(removed.address, server(1));
  EXPECT_EQ(removed.nexthop, std::nullopt);
  EXPECT_FALSE(removed.has_agent);
}

TEST(DataplaneSync, TouchesOnlyWhatDiffers) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane);
  const RouterState state = sample_states()[2];
  std::set<PoolIndex> published;
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  EXPECT_EQ(published, (std::set<PoolIndex>{0, 1}));

  dataplane.fail_after(0);
  published.clear();
  EXPECT_TRUE(sync.apply(state, kNeighbours, published)) << "nothing to do, nothing done";
  EXPECT_TRUE(published.empty());
}

TEST(DataplaneSync, WritesAgainWhatLeadsThroughAPortThatChanged) {
  FakeDataplane dataplane;
  DataplaneSync sync(dataplane);
  const RouterState state = sample_states()[2];
  std::set<PoolIndex> published;
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  dataplane.neighbour_writes = 0;
  sync.forget_port(1);
  dataplane.backends.erase(1);  // server 1, behind p1
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  EXPECT_EQ(dataplane.neighbour_writes, 1) << "of the neighbour behind p1 alone";
  expect_holds(dataplane, state, kNeighbours);
}

TEST(DataplaneSync, ContinuesWhereItFailed) {
  const std::vector<RouterState> states = sample_states();
  for (size_t index = 1; index < states.size(); ++index) {
    for (size_t calls = 0;; ++calls) {
      FakeDataplane dataplane;
      DataplaneSync sync(dataplane);
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
      DataplaneSync earlier(dataplane);
      ASSERT_TRUE(earlier.apply(states[index - 1], kNeighbours, published));
      dataplane.fail_after(calls);
      const bool finished = earlier.apply(states[index], kNeighbours, published).ok();
      dataplane.heal();

      DataplaneSync sync(dataplane);
      sync.adopt();
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
  ASSERT_TRUE(DataplaneSync(dataplane).apply(state, kNeighbours, published));

  published.clear();
  DataplaneSync sync(dataplane);
  sync.adopt();
  ASSERT_TRUE(sync.apply(state, kNeighbours, published));
  EXPECT_TRUE(published.empty());
  expect_holds(dataplane, state, kNeighbours);
}

}  // namespace
}  // namespace ricochet

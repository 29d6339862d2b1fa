// SPDX-License-Identifier: Apache-2.0
//
// What the network shows a controller: neighbours, and the router's own ports.
#include <gmock/gmock.h>

#include "controller_fixture.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Interface interface(const char* name, uint32_t ifindex) {
  return {name, ifindex, MacAddress({2, 0, 0, 0, 0, 7})};
}

TEST_F(ControllerTest, ABackendWithoutNeighbourIsNotEligible) {
  start(kDistinctTable);
  observe({1});
  EXPECT_THAT(become(web({1, 2})).warnings,
              ElementsAre(HasSubstr("no neighbour is known for 10.0.0.2")));
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(2)});
  EXPECT_EQ(dataplane_.live_buckets(0).size(), 1u);

  observe({1, 2});
  EXPECT_EQ(state()->generation, 2u);
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 1}));
  expect_consistent();

  observe({2});
  EXPECT_EQ(state()->generation, 3u);
  EXPECT_EQ(dataplane_.live_buckets(0)[0].owner, (std::array<BackendId, 4>{2, 1}));
  EXPECT_FALSE(dataplane_.backends.at(1).nexthop);
  expect_consistent();
  EXPECT_EQ(controller_->log(1)->front().cause, "neighbours");
}

TEST_F(ControllerTest, OfManyBackendsWithoutNeighbourSomeAreNamed) {
  start(kDistinctTable);
  observe({});
  EXPECT_THAT(become(web({1, 2, 3, 4, 5})).warnings,
              ElementsAre("pool web: no neighbour is known for 10.0.0.1, 10.0.0.2, 10.0.0.3, "
                          "10.0.0.4, 10.0.0.5: no new connections there"));
  EXPECT_THAT(become(web({1, 2, 3, 4, 5, 6, 7})).warnings,
              ElementsAre("pool web: no neighbour is known for 10.0.0.1, 10.0.0.2, 10.0.0.3, "
                          "10.0.0.4, 10.0.0.5 and 2 more: no new connections there"));
}

TEST_F(ControllerTest, AMovedNeighbourIsNoGeneration) {
  start(kDistinctTable);
  become(web({1}));
  network_.neighbours[server(1)] = neighbour("p3", 99);
  controller_->observe(network_);
  EXPECT_EQ(state()->generation, 1u);
  EXPECT_EQ(dataplane_.backends.at(1).nexthop, dataplane_.nexthop(neighbour("p3", 99)));
  EXPECT_EQ(dataplane_.publishes.at(0), 1);
  expect_consistent();
}

TEST_F(ControllerTest, StaticNeighboursCountInsteadOfLearnedOnes) {
  start(kDistinctTable);
  Configuration wanted = web({1});
  wanted.neighbours[server(1)] = neighbour("p2", 42);
  become(wanted);
  EXPECT_EQ(dataplane_.backends.at(1).nexthop, dataplane_.nexthop(neighbour("p2", 42)));
  observe({});
  EXPECT_TRUE(state()->unreachable.empty());
  EXPECT_EQ(controller_->addresses_to_resolve(), std::set<Address>{});
  expect_consistent();
}

TEST_F(ControllerTest, AfterARebootBackendsKeepTheirBucketsUntilTheKernelHadTime) {
  start(kDistinctTable);
  become(web({1, 2}));
  dataplane_.reset();
  network_ = {};
  restart();
  EXPECT_EQ(state()->generation, 1u);
  observe({1});
  EXPECT_EQ(state()->generation, 1u);
  observe({});
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(1)}) << "it was seen and is gone";
  controller_->end_grace();
  EXPECT_EQ(state()->unreachable, (std::set<Address>{server(1), server(2)}));
  expect_consistent();
}

TEST_F(ControllerTest, AChangedPortIsWrittenAgain) {
  start(kDistinctTable);
  become(web({1}));
  dataplane_.neighbour_writes = 0;
  EXPECT_THAT(controller_->observe_ports({{1, interface("p1", 77)}}), IsEmpty());
  EXPECT_EQ(dataplane_.port_list[1].ifindex, 77u);
  EXPECT_GT(dataplane_.neighbour_writes, 0);
  expect_consistent();
}

TEST_F(ControllerTest, AStaticNeighbourWhosePortIsGoneIsNotReachable) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  wanted.neighbours[server(1)] = neighbour("p1", 42);
  wanted.neighbours[server(2)] = neighbour("p2", 43);
  become(wanted);
  EXPECT_THAT(controller_->observe_ports({{2, std::nullopt}}), IsEmpty());
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(2)});
  EXPECT_EQ(controller_->log(1)->front().cause, "ports");
  expect_consistent();
  EXPECT_THAT(controller_->observe_ports({{2, interface("p2", 77)}}), IsEmpty());
  EXPECT_TRUE(state()->unreachable.empty());
  EXPECT_EQ(dataplane_.backends.at(2).nexthop, dataplane_.nexthop(neighbour("p2", 43)));
  expect_consistent();
}

TEST_F(ControllerTest, PortsThatChangeTogetherAreSetTogether) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  wanted.neighbours[server(1)] = neighbour("p1", 42);
  wanted.neighbours[server(2)] = neighbour("p2", 43);
  become(wanted);
  const uint64_t before = state()->generation;
  EXPECT_THAT(controller_->observe_ports({{1, std::nullopt}, {2, std::nullopt}}), IsEmpty());
  EXPECT_EQ(dataplane_.port_changes,
            (std::vector<PortInterfaces>{{{1, std::nullopt}, {2, std::nullopt}}}));
  EXPECT_EQ(state()->unreachable, (std::set<Address>{server(1), server(2)}));
  EXPECT_EQ(state()->generation, before + 1);
  expect_consistent();
}

TEST_F(ControllerTest, APortThatCannotBeHadIsAskedForAgain) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  wanted.neighbours[server(2)] = neighbour("p2", 43);
  become(wanted);
  const PortInterfaces port{{2, interface("p2", 77)}};
  dataplane_.refused_ports.emplace(2, error("somebody else is there"));
  EXPECT_THAT(controller_->observe_ports(port), ElementsAre(2));
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(2)});
  expect_consistent();

  const std::shared_ptr<const RouterState> before = state();
  EXPECT_THAT(controller_->observe_ports(port), ElementsAre(2));
  EXPECT_EQ(state(), before) << "nothing is new";

  dataplane_.refused_ports.clear();
  EXPECT_THAT(controller_->observe_ports(port), IsEmpty());
  EXPECT_TRUE(state()->unreachable.empty());
  EXPECT_EQ(dataplane_.backends.at(2).nexthop, dataplane_.nexthop(neighbour("p2", 43)));
  expect_consistent();
}

TEST_F(ControllerTest, AGenerationThatCouldNotBeMadeIsMadeLater) {
  start(kDistinctTable);
  become(web({1, 2}));
  hide_log();
  observe({1});
  EXPECT_TRUE(state()->unreachable.empty());
  show_log();
  controller_->observe(network_);
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(2)});
  expect_consistent();
}

TEST_F(ControllerTest, APortThatGoesDuringTheStartIsMissed) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  wanted.neighbours[server(2)] = neighbour("p2", 43);
  become(wanted);
  dataplane_.gone_when_attached = {2};
  restart();
  EXPECT_EQ(state()->unreachable, std::set<Address>{server(2)});
  expect_consistent();
}

TEST_F(ControllerTest, TellsThatThereAreOtherAddressesToResolve) {
  start(kDistinctTable);
  int told = 0;
  controller_->on_generation([&] { ++told; });
  become(web({1}));
  EXPECT_EQ(told, 1);
  become(web({1}));
  become(web({2}), {.cause = "test", .dry_run = true});
  EXPECT_EQ(told, 1);
  EXPECT_EQ(controller_->addresses_to_resolve(), std::set<Address>{server(1)});
}

}  // namespace
}  // namespace ricochet

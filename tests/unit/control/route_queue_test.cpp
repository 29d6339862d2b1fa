// SPDX-License-Identifier: Apache-2.0
#include "control/route_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/limits.h"
#include "values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

constexpr TableOptions kTable{.placement = Placement::modulo, .history = HistoryPolicy::two_tables};
const ServiceKey kService = service("10.0.10.0");
constexpr const char* kPool = "route-10.0.10.0-32";

// The service with its own pool of these servers.
Configuration with(std::initializer_list<uint32_t> numbers) {
  return {.pools = {{kPool, servers(numbers, kTable)}},
          .services = {{kService, {kPool}}},
          .neighbours = {}};
}

Configuration after(const RouteQueue& queue, Configuration configuration) {
  queue.apply_to(configuration, kTable);
  return configuration;
}

TEST(RouteQueue, AddsInOrderOfArrival) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.2")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1")));
  EXPECT_EQ(after(queue, {}), with({2, 1}));
  EXPECT_EQ(after(queue, with({1, 3})), with({1, 3, 2}));
}

TEST(RouteQueue, RemovesAfterItAdds) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.1")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.2")));
  EXPECT_EQ(after(queue, {}), with({2}));
}

TEST(RouteQueue, IgnoresTheRemovalOfWhatIsNotThere) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.9")));
  ASSERT_TRUE(queue.remove(route("10.0.11.0", "10.0.0.1")));
  EXPECT_EQ(after(queue, with({1})), with({1}));
}

TEST(RouteQueue, KeepsThePoolOfAServiceThatLosesItsLastBackend) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.1")));
  EXPECT_EQ(after(queue, with({1})), with({}));
}

TEST(RouteQueue, AddingAgainSetsTheWeightAndEndsDraining) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1", 3)));
  Configuration before = with({1, 2});
  before.pools.at(kPool).backends[0].state = BackendState::draining;
  EXPECT_EQ(after(queue, before).pools.at(kPool).backends,
            (std::vector<Backend>{{.address = server(1), .weight = 3}, {.address = server(2)}}));
}

TEST(RouteQueue, ChangesThePoolThatAServiceHas) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.2")));
  const Configuration shared{.pools = {{"web", servers({1})}},
                             .services = {{kService, {"web"}}, {service("10.0.11.0"), {"web"}}},
                             .neighbours = {}};
  Configuration expected = shared;
  expected.pools.at("web") = servers({1, 2});
  EXPECT_EQ(after(queue, shared), expected);
}

TEST(RouteQueue, PoolsAreNamedByTheirService) {
  EXPECT_EQ(route_pool_name(service("10.0.1.0/24")), "route-10.0.1.0-24");
  EXPECT_EQ(route_pool_name(service("10.0.10.0:80/tcp")), "route-10.0.10.0-80-tcp");
  EXPECT_EQ(route_pool_name(service("2001:db8::/32")), "route-2001.db8..-32");
}

TEST(RouteQueue, RefusesTheSameRouteTwiceInOneQueue) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1")));
  const auto again = queue.add(route("10.0.10.0", "10.0.0.1", 2));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message,
            "Route: 10.0.10.0/32 to 10.0.0.1 is already queued: install first");
  EXPECT_EQ(queue.additions().size(), 1u);

  EXPECT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.1"))) << "the other queue";
  EXPECT_FALSE(queue.remove(route("10.0.10.0", "10.0.0.1")));
  EXPECT_EQ(queue.removals().size(), 1u);

  EXPECT_TRUE(queue.add(connected("10.0.1.0/24")));
  EXPECT_FALSE(queue.add(connected("10.0.1.0/24")));
  EXPECT_TRUE(queue.add(route("10.0.10.0:80/tcp", "10.0.0.1"))) << "another service";
}

TEST(RouteQueue, RefusesWhatNoServiceCouldHave) {
  RouteQueue queue;
  Route port_on_a_prefix = route("10.0.1.0/24", "10.0.0.1");
  port_on_a_prefix.service.port = 80;
  port_on_a_prefix.service.protocol = Protocol::tcp;
  const auto refused = queue.add(port_on_a_prefix);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("port"));
  EXPECT_FALSE(queue.add(route("10.0.10.0", "10.0.0.1", kWeightMax + 1)));
  EXPECT_FALSE(queue.add(route("10.0.10.0", "10.0.0.1", 0)));
  EXPECT_FALSE(queue.add(route("10.0.10.0", "224.0.0.1")));
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace ricochet

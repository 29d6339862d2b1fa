// SPDX-License-Identifier: Apache-2.0
#include "control/route_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

const ServiceKey kService = service("10.0.10.0");

TEST(RouteQueue, AddsInOrderOfArrival) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.2")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1")));
  EXPECT_EQ(queue.apply_to({}), (Services{{kService, servers({2, 1})}}));
  EXPECT_EQ(queue.apply_to({{kService, servers({1, 3})}}),
            (Services{{kService, servers({1, 3, 2})}}));
}

TEST(RouteQueue, RemovesAfterItAdds) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.1")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1")));
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.2")));
  EXPECT_EQ(queue.apply_to({}), (Services{{kService, servers({2})}}));
}

TEST(RouteQueue, IgnoresTheRemovalOfWhatIsNotThere) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.9")));
  ASSERT_TRUE(queue.remove(route("10.0.11.0", "10.0.0.1")));
  const Services services{{kService, servers({1})}};
  EXPECT_EQ(queue.apply_to(services), services);
}

TEST(RouteQueue, LeavesOutServicesWithoutBackends) {
  RouteQueue queue;
  ASSERT_TRUE(queue.remove(route("10.0.10.0", "10.0.0.1")));
  EXPECT_TRUE(queue.apply_to({{kService, servers({1})}}).empty());
}

TEST(RouteQueue, AddingAgainSetsTheWeight) {
  RouteQueue queue;
  ASSERT_TRUE(queue.add(route("10.0.10.0", "10.0.0.1", 3)));
  const Services after = queue.apply_to({{kService, servers({1, 2})}});
  EXPECT_EQ(after.at(kService).backends,
            (std::vector<Backend>{{.address = server(1), .weight = 3}, {.address = server(2)}}));
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
  EXPECT_TRUE(queue.add({.service = service("10.0.10.0", 80), .backend = {.address = server(1)}}))
      << "another service";
}

TEST(RouteQueue, RefusesWhatNoServiceCouldHave) {
  RouteQueue queue;
  const Route port_on_a_prefix{.service = service("10.0.1.0/24", 80),
                               .backend = {.address = server(1)}};
  const auto refused = queue.add(port_on_a_prefix);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("port"));
  EXPECT_FALSE(queue.add(route("10.0.10.0", "10.0.0.1", kMaxWeight + 1)));
  EXPECT_FALSE(queue.add(route("10.0.10.0", "10.0.0.1", 0)));
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace ricochet

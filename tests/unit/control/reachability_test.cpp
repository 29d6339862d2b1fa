// SPDX-License-Identifier: Apache-2.0
#include "control/reachability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Addresses = std::set<Address>;

const std::set<std::string> kPorts{"p0", "p1"};

Configuration configuration() {
  return {.pools = {{"web", servers({1, 2})}},
          .services = {},
          .neighbours = {{server(2), neighbour("p0", 22)}}};
}

TEST(Reachability, StaticNeighboursCountInsteadOfLearnedOnes) {
  const auto usable = usable_neighbours(configuration(), learned({1, 2, 3}).neighbours, kPorts);
  EXPECT_EQ(usable, (Neighbours{{server(1), neighbour("p1", 1)},
                                {server(2), neighbour("p0", 22)},
                                {server(3), neighbour("p1", 3)}}));
}

TEST(Reachability, ANeighbourBehindNoPortIsOfNoUse) {
  Configuration with_lost_port = configuration();
  with_lost_port.neighbours[server(2)] = neighbour("gone", 2);
  EXPECT_EQ(usable_neighbours(with_lost_port, {{server(1), neighbour("eth9", 1)}}, kPorts),
            Neighbours{});
}

TEST(Reachability, OldOwnersAreLookedForToo) {
  const BackendAddresses remembered{{1, server(1)}, {7, server(7)}, {8, std::nullopt}};
  EXPECT_EQ(unreachable_backends(configuration(), remembered, {}),
            (Addresses{server(1), server(2), server(7)}));
  EXPECT_EQ(unreachable_backends(configuration(), remembered, learned({2, 7}).neighbours),
            Addresses{server(1)});
  EXPECT_EQ(addresses_to_resolve(configuration(), remembered), (Addresses{server(1), server(7)}))
      << "2 has a static one";
}

TEST(Reachability, SaysWhyABackendGetsNoNewConnections) {
  RouterState state;
  state.configuration = configuration();
  const auto why = [&](Backend backend, const LearnedNeighbours& known = {}) {
    return why_not_eligible(backend, state, known);
  };
  EXPECT_EQ(why({.address = server(1)}), "");
  EXPECT_EQ(why({.address = server(1), .state = BackendState::draining}), "draining");
  EXPECT_EQ(why({.address = server(1), .state = BackendState::dead}), "dead");

  state.unreachable = {server(1), server(2)};
  EXPECT_EQ(why({}), "") << "connected";
  EXPECT_THAT(why({.address = server(1)}), HasSubstr("does not answer ARP"));
  EXPECT_THAT(
      why({.address = server(1)}, {.neighbours = {}, .problems = {{server(1), "not on-link"}}}),
      HasSubstr("not known: not on-link"));
  EXPECT_THAT(why({.address = server(2)}), HasSubstr("p0, which is no port"));
}

}  // namespace
}  // namespace ricochet

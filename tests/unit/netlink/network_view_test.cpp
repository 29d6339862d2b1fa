// SPDX-License-Identifier: Apache-2.0
#include "netlink/network_view.h"

#include <gtest/gtest.h>

#include "kernel_message.h"

namespace ricochet {
namespace {

using test::a_link;
using test::a_neighbour;

class NetworkViewTest : public ::testing::Test {
 protected:
  void SetUp() override { view_.apply(*a_link(RTM_NEWLINK, 7, "eth0")); }

  NetworkView view_;
  const NeighbourKey key_{.ifindex = 7, .address = *Address::parse("10.0.0.1")};
};

TEST_F(NetworkViewTest, TellsWhetherALinkChanged) {
  EXPECT_FALSE(view_.apply(*a_link(RTM_NEWLINK, 7, "eth0")));
  EXPECT_TRUE(view_.apply(*a_link(RTM_NEWLINK, 7, "uplink")));
  EXPECT_EQ(view_.links.at(7).name, "uplink");
  EXPECT_TRUE(view_.apply(*a_link(RTM_NEWLINK, 8, "eth1")));
  EXPECT_EQ(view_.links.size(), 2);
}

TEST_F(NetworkViewTest, TellsWhetherANeighbourChanged) {
  EXPECT_TRUE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE)));
  EXPECT_FALSE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_STALE)));
  EXPECT_EQ(view_.neighbours.at(key_), MacAddress(test::kMac));
  EXPECT_TRUE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_STALE, test::kOtherMac)));
  EXPECT_EQ(view_.neighbours.at(key_), MacAddress(test::kOtherMac));
}

TEST_F(NetworkViewTest, ANeighbourGoesWhenItFailsOrIsDeleted) {
  view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE));
  EXPECT_TRUE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_FAILED)));
  EXPECT_FALSE(view_.neighbours.contains(key_));
  EXPECT_FALSE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_FAILED)));

  view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE));
  EXPECT_TRUE(view_.apply(*a_neighbour(RTM_DELNEIGH, 7, NUD_REACHABLE)));
  EXPECT_FALSE(view_.neighbours.contains(key_));
}

TEST_F(NetworkViewTest, TheNeighboursOfALinkGoWithIt) {
  view_.apply(*a_link(RTM_NEWLINK, 8, "eth1"));
  view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE));
  view_.apply(*a_neighbour(RTM_NEWNEIGH, 8, NUD_REACHABLE));
  EXPECT_TRUE(view_.apply(*a_link(RTM_DELLINK, 7, "eth0")));
  EXPECT_FALSE(view_.links.contains(7));
  EXPECT_EQ(view_.neighbours.size(), 1);
  EXPECT_EQ(view_.neighbours.begin()->first.ifindex, 8);
  // An event that comes late.
  EXPECT_FALSE(view_.apply(*a_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE)));
}

TEST_F(NetworkViewTest, PassesOverOtherMessages) {
  EXPECT_FALSE(view_.apply(*a_link(RTM_NEWROUTE, 9, "eth9")));
}

}  // namespace
}  // namespace ricochet

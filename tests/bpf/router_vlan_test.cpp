// SPDX-License-Identifier: Apache-2.0
// Tagged frames: judged as if they had no tags, which stay as they are.
#include "router_scene.h"
#include "vlan_frames.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;
constexpr uint16_t kOlderOwner = 4;
constexpr uint8_t kTosOfAttempt1 = 0x0c;
constexpr size_t kTagBytes = 4;

class RouterVlanTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    add_backend(kOlderOwner);
    router().set_bucket(kBucket, {kOwner, kOlderOwner});
  }

  const Packet packet_ = Packet::tcp(kClient, kService).payload("GET / HTTP/1.1\r\n\r\n");
};

TEST_F(RouterVlanTest, TagsStayAndCount) {
  for (const Packet& packet : tagged(packet_)) EXPECT_EQ(forwarded(packet, kOwner), send(packet));
  for (const Packet& packet : tagged(packet_.ip_options(3))) {
    EXPECT_EQ(forwarded(packet, kOwner), send(packet));
  }
}

TEST_F(RouterVlanTest, BouncedPacketsGoToTheOlderOwner) {
  const Packet bounced = packet_.macs(backend_mac(kOwner), kRouterMac).tos(kTosOfAttempt1);
  for (const Packet& packet : tagged(bounced)) {
    EXPECT_EQ(forwarded(packet, kOlderOwner, {"bounced"}), send(packet));
  }
}

TEST_F(RouterVlanTest, AThirdTagIsNotLookedBehind) {
  const Packet packet =
      packet_.vlan(ETH_P_8021AD, 1).vlan(ETH_P_8021Q, 2).vlan(ETH_P_8021Q, kVlanControl);
  EXPECT_EQ(passed(packet, "pass_not_ip"), send(packet));
}

TEST_F(RouterVlanTest, WhatIsTaggedButNotIpv4IsLeftToTheKernel) {
  const Packet packet = packet_.vlan(ETH_P_8021Q, kVlanControl).ether_type(ETH_P_ARP);
  EXPECT_EQ(passed(packet, "pass_not_ip"), send(packet));
}

TEST_F(RouterVlanTest, CutShortIsMalformed) {
  const Packet packet = packet_.vlan(ETH_P_8021AD, 1).vlan(ETH_P_8021Q, kVlanControl);
  for (size_t bytes = ETH_HLEN; bytes < ETH_HLEN + 2 * kTagBytes + 20; bytes++) {
    const Packet cut = packet.cut_to(bytes);
    EXPECT_EQ(dropped(cut, "drop_malformed"), send(cut)) << bytes;
  }
}

}  // namespace
}  // namespace ricochet::test

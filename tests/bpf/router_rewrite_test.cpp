// SPDX-License-Identifier: Apache-2.0
// What every hop changes, the way out, and packets to connected next hops.
#include <linux/bpf.h>

#include <chrono>

#include "router_scene.h"
#include "xdp_run.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;
constexpr std::chrono::seconds kPatience{10};

class RouterRewriteTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    router().set_bucket(kBucket, {kOwner});
  }

  const Packet packet_ = Packet::tcp(kClient, kService).payload("GET / HTTP/1.1\r\n\r\n");
};

TEST_F(RouterRewriteTest, EveryTtlFallsByOneUntilItIsUsedUp) {
  for (unsigned ttl = 0; ttl < 256; ttl++) {
    SCOPED_TRACE(ttl);
    const Packet packet = packet_.ttl(static_cast<uint8_t>(ttl));
    const Outcome expected =
        ttl < 2 ? dropped(packet, "drop_ttl_expired") : forwarded(packet, kOwner);
    EXPECT_EQ(expected, send(packet));
  }
}

// The identification is free to choose: over all of it the checksum takes every value it can.
TEST_F(RouterRewriteTest, EveryIpChecksumIsPatchedRight) {
  router().set_bucket(kBucket, {0, kOwner});
  for (unsigned id = 0; id < 65536; id++) {
    const Packet packet = packet_.id(static_cast<uint16_t>(id)).tos(0x02);
    ASSERT_EQ(hop(packet.tos(0x0e), kOwner).bytes(), send(packet).packet) << "id " << id;
  }
}

TEST_F(RouterRewriteTest, BackWhereItCameFromIsATransmit) {
  Outcome expected = forwarded(packet_, kOwner);
  expected.action = XDP_TX;
  EXPECT_EQ(expected, send_back(packet_));
}

TEST_F(RouterRewriteTest, APortWithoutAnInterfaceDrops) {
  rch_backend backend{};
  backend.nexthop = nexthop_at(kMissingIfindex, backend_mac(kOwner));
  backend.flags = RCH_BACKEND_LIVE;
  router().set_backend(kOwner, backend);
  EXPECT_EQ(dropped(packet_, "drop_no_port"), send(packet_));
}

TEST_F(RouterRewriteTest, TheFrameLeavesThroughTheBackendsPort) {
  const Bytes expected = hop(packet_, kOwner).bytes();
  run_xdp_and_send(router().program_fd(), packet_.bytes(), client_ifindex());
  EXPECT_EQ(expected, servers_wire().read(kPatience));

  run_xdp_and_send(router().program_fd(), packet_.bytes(), servers_ifindex());
  EXPECT_EQ(expected, servers_wire().read(kPatience));
  EXPECT_EQ(std::nullopt, client_wire().read(std::chrono::milliseconds(0)));
}

// A backend that stands for the packet's own destination.
class RouterConnectedTest : public RouterScene {
 protected:
  static constexpr uint32_t kNetwork = ipv4(10, 30, 0, 0);
  static constexpr Endpoint kNeighbour{ipv4(10, 30, 0, 5), 22};
  static constexpr Endpoint kOther{ipv4(10, 30, 0, 6), 22};
  static constexpr Endpoint kUnknown{ipv4(10, 30, 0, 7), 22};
  static constexpr uint16_t kConnected = 9;

  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    router().add_prefix(kNetwork, 24, kPool);
    router().set_bucket(kBucket, {kConnected});
    rch_backend backend{};
    backend.flags = RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED;
    router().set_backend(kConnected, backend);
    // hop() writes the MAC that follows from a slot.
    router().add_neighbour(kNeighbour.address, nexthop_at(servers_ifindex(), backend_mac(55)));
    router().add_neighbour(kOther.address, nexthop_at(client_ifindex(), backend_mac(66)));
  }

  static Outcome delivered(const Packet& packet, uint32_t neighbour, uint32_t action) {
    const Packet sent = hop(packet, neighbour);
    return {.action = action,
            .packet = sent.bytes(),
            .counted = {},
            .traffic = {{kConnected, {1, sent.wire_bytes()}}}};
  }
};

TEST_F(RouterConnectedTest, DeliversToTheNeighbourOfTheDestination) {
  const Packet packet = Packet::tcp(kClient, kNeighbour);
  EXPECT_EQ(delivered(packet, 55, XDP_REDIRECT), send(packet));
  const Packet other = Packet::icmp(kClient.address, kOther.address);
  EXPECT_EQ(delivered(other, 66, XDP_TX), send(other));
}

TEST_F(RouterConnectedTest, AnUnknownNeighbourDrops) {
  const Packet packet = Packet::tcp(kClient, kUnknown);
  EXPECT_EQ(dropped(packet, "drop_no_neighbour"), send(packet));
}

TEST_F(RouterConnectedTest, ADeadRouteDrops) {
  rch_backend backend{};
  backend.flags = RCH_BACKEND_CONNECTED;
  router().set_backend(kConnected, backend);
  const Packet packet = Packet::tcp(kClient, kNeighbour);
  EXPECT_EQ(dropped(packet, "drop_no_backend"), send(packet));
}

TEST_F(RouterConnectedTest, FragmentsAreDelivered) {
  const Packet packet = Packet::udp(kClient, kNeighbour).payload("a piece of it");
  for (const Packet& fragment :
       {packet.fragment(0, true), packet.fragment(8, true), packet.fragment(8, false)})
    EXPECT_EQ(delivered(fragment, 55, XDP_REDIRECT), send(fragment));
}

TEST_F(RouterConnectedTest, TheTtlIsUsedUpHereToo) {
  const Packet packet = Packet::tcp(kClient, kNeighbour).ttl(1);
  EXPECT_EQ(dropped(packet, "drop_ttl_expired"), send(packet));
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// ICMP errors are taken where the connection is that they are about, and bounced elsewhere.
#include "agent_scene.h"
#include "icmp_frames.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kNear = 1u << 30;
constexpr uint32_t kNearTimeWait = 1u << 20;

// The server's last segment to this peer, or one at a distance from it.
Packet sent_to(const ScriptedPeer& peer, uint32_t distance = 0) {
  return Packet::tcp(kServer, peer.next_segment().source())
      .sequence(peer.acknowledgement() + distance);
}

class AgentIcmpTest : public AgentScene {
 protected:
  void expect_taken(const Packet& error, const std::string& verdict) {
    for (const uint8_t tos : {kTosOfMark[0], kTosOfMark[2]}) {
      EXPECT_EQ(taken(error.tos(0), verdict), send(error.tos(tos)));
    }
  }
};

TEST_F(AgentIcmpTest, AboutAConnectionHereAreTaken) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  for (const uint8_t type : kIcmpErrors)
    expect_taken(error_about(sent_to(peer), type), "take_socket");
  expect_taken(error_about(sent_to(peer, kNear - 1)), "take_socket");
  expect_taken(error_about(sent_to(peer, 1 - kNear)), "take_socket");
}

TEST_F(AgentIcmpTest, AboutNumbersThatTheSocketNeverSentAreBounced) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  for (const uint32_t distance : {kNear, 0 - kNear, 2 * kNear}) {
    const Packet error = error_about(sent_to(peer, distance));
    EXPECT_EQ(bounced_unfit(error), send(error));
  }
}

TEST_F(AgentIcmpTest, AboutASynAckAreTakenIfItIsOurs) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.half_open();
  expect_taken(error_about(sent_to(peer, static_cast<uint32_t>(-1))), "take_socket");
  const Packet error = error_about(sent_to(peer));
  EXPECT_EQ(bounced_unfit(error), send(error));
}

// The connection of the same addresses and ports that they are about may be elsewhere by now.
TEST_F(AgentIcmpTest, AboutAConnectionInTimeWaitAreTakenIfItIsTheSame) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  listener.accept().reset();
  peer.await_fin();
  peer.finish();
  expect_taken(error_about(sent_to(peer, kNearTimeWait - 1)), "take_socket");
  expect_taken(error_about(sent_to(peer, 1 - kNearTimeWait)), "take_socket");
  for (const uint32_t distance : {kNearTimeWait, 0 - kNearTimeWait}) {
    const Packet error = error_about(sent_to(peer, distance));
    EXPECT_EQ(bounced_unfit(error), send(error));
  }
}

TEST_F(AgentIcmpTest, AboutConnectionsElsewhereAreBounced) {
  const Packet error = error_about(Packet::tcp(kServer, kStranger));
  EXPECT_EQ(bounced(error), send(error));
  const Listener listener(kServer.port);
  EXPECT_EQ(bounced(error), send(error)) << "a listener alone has no connection";
  EXPECT_EQ(bounced(error, kTosOfMark[3]), send(error.tos(kTosOfMark[2])));
  EXPECT_EQ(dropped(error.ttl(1), "drop_ttl_expired"), send(error.ttl(1)));
}

TEST_F(AgentIcmpTest, MarkedFinalAreTaken) {
  const Packet error = error_about(Packet::tcp(kServer, kStranger));
  EXPECT_EQ(taken(error.tos(0), "take_final"), send(error.tos(kTosOfFinal)));
}

TEST_F(AgentIcmpTest, AboutUdpOrWithoutAQuoteAreTaken) {
  expect_taken(error_about(Packet::udp(kServer, kStranger).payload("x")), "take_not_tcp");
  expect_taken(error_about(Packet::tcp(kServer, kStranger)).cut_to(ETH_HLEN + 20 + 8 + 20),
               "take_not_tcp");
  expect_taken(Packet::icmp(kStranger.address, kServiceAddress), "take_not_tcp");
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// The seven cases by which the Linux kernel tests a redirector of its own design, cls_redirect
// (tools/testing/selftests/bpf), put to our agent. There a packet carries the hops that it may
// still make: none is our mark final, one is the attempt after which it will be final.
#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr uint8_t kNoHopLeft = kTosOfFinal;
constexpr uint8_t kOneHopLeft = kTosOfMark[3];

class AgentRedirectorTest : public AgentScene {
 protected:
  const Packet unknown_tcp_ = Packet::tcp(kStranger, kServer);
  const Packet unknown_udp_ = Packet::udp(kStranger, kServer);
};

TEST_F(AgentRedirectorTest, TcpAnUnknownSynWithNoHopLeftIsTaken) {
  const Packet syn = unknown_tcp_.flags(kSyn);
  EXPECT_EQ(taken(syn, "take_syn"), send(syn.tos(kNoHopLeft)));
}

TEST_F(AgentRedirectorTest, TcpAnUnknownAckWithNoHopLeftIsTaken) {
  EXPECT_EQ(taken(unknown_tcp_, "take_final"), send(unknown_tcp_.tos(kNoHopLeft)));
}

TEST_F(AgentRedirectorTest, TcpAnUnknownAckWithOneHopLeftIsSentOnAndHasNoneLeft) {
  const Packet ack = unknown_tcp_.tos(kOneHopLeft);
  EXPECT_EQ(bounced(ack, kNoHopLeft), send(ack));
}

TEST_F(AgentRedirectorTest, TcpAKnownAckWithOneHopLeftIsTaken) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet ack = peer.next_segment();
  EXPECT_EQ(taken(ack, "take_socket"), send(ack.tos(kOneHopLeft)));
}

TEST_F(AgentRedirectorTest, UdpAnUnknownPacketWithNoHopLeftIsTaken) {
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kNoHopLeft)));
}

// Theirs is sent on. To ours a socket says nothing about who talks to whom.
TEST_F(AgentRedirectorTest, UdpAnUnknownPacketWithOneHopLeftIsTakenAsEveryUdpPacket) {
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kOneHopLeft)));
}

TEST_F(AgentRedirectorTest, UdpAKnownPacketWithOneHopLeftIsTakenAsEveryUdpPacket) {
  const Fd socket = connected_udp_socket(kServer, kStranger);
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kOneHopLeft)));
}

}  // namespace
}  // namespace ricochet::test

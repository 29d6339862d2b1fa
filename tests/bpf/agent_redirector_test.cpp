// SPDX-License-Identifier: Apache-2.0
// The seven cases by which the Linux kernel tests a redirector of its own design, cls_redirect
// (tools/testing/selftests/bpf), put to our agent, of both families. There a packet carries
// the hops that it may still make: none is our mark final, one is the attempt after which it will
// be final.
#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr uint8_t kNoHopLeft = kTosOfFinal;
constexpr uint8_t kOneHopLeft = kTosOfMark[3];

enum class Family { kIpv4, kIpv6 };

class AgentRedirectorTest : public AgentScene, public ::testing::WithParamInterface<Family> {
 protected:
  static bool is_ipv4() { return GetParam() == Family::kIpv4; }
  static Endpoint stranger() { return is_ipv4() ? kStranger : kStranger6; }
  static Endpoint server() { return is_ipv4() ? kServer : kServer6; }

  const Packet unknown_tcp_ = Packet::tcp(stranger(), server());
  const Packet unknown_udp_ = Packet::udp(stranger(), server());
};

INSTANTIATE_TEST_SUITE_P(Families, AgentRedirectorTest,
                         ::testing::Values(Family::kIpv4, Family::kIpv6), [](const auto& family) {
                           return family.param == Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(AgentRedirectorTest, TcpAnUnknownSynWithNoHopLeftIsTaken) {
  const Packet syn = unknown_tcp_.flags(kSyn);
  EXPECT_EQ(taken(syn, "take_syn"), send(syn.tos(kNoHopLeft)));
}

TEST_P(AgentRedirectorTest, TcpAnUnknownAckWithNoHopLeftIsTaken) {
  EXPECT_EQ(taken(unknown_tcp_, "take_final"), send(unknown_tcp_.tos(kNoHopLeft)));
}

TEST_P(AgentRedirectorTest, TcpAnUnknownAckWithOneHopLeftIsSentOnAndHasNoneLeft) {
  const Packet ack = unknown_tcp_.tos(kOneHopLeft);
  EXPECT_EQ(bounced(ack, kNoHopLeft), send(ack));
}

TEST_P(AgentRedirectorTest, TcpAKnownAckWithOneHopLeftIsTaken) {
  const Listener listener(server().port, Listener::Family::kDualStack);
  ScriptedPeer peer = is_ipv4() ? new_peer(7) : new_peer6(7);
  peer.establish();
  const Packet ack = peer.next_segment();
  EXPECT_EQ(taken(ack, "take_socket"), send(ack.tos(kOneHopLeft)));
}

TEST_P(AgentRedirectorTest, UdpAnUnknownPacketWithNoHopLeftIsTaken) {
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kNoHopLeft)));
}

// Theirs is sent on. To ours a socket says nothing about who talks to whom.
TEST_P(AgentRedirectorTest, UdpAnUnknownPacketWithOneHopLeftIsTakenAsEveryUdpPacket) {
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kOneHopLeft)));
}

TEST_P(AgentRedirectorTest, UdpAKnownPacketWithOneHopLeftIsTakenAsEveryUdpPacket) {
  const Fd socket = connected_udp_socket(server(), stranger());
  EXPECT_EQ(taken(unknown_udp_, "take_not_tcp"), send(unknown_udp_.tos(kOneHopLeft)));
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// The decision table of DESIGN 2.3, row by row, but for what needs a socket.
#include <netinet/in.h>

#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr size_t kIpEnd = ETH_HLEN + 20;
constexpr size_t kTcpEnd = kIpEnd + 20;

class AgentDecisionTest : public AgentScene {
 protected:
  const Packet ack_ = Packet::tcp(kStranger, kServer);
};

TEST_F(AgentDecisionTest, LeavesOtherAddressesAlone) {
  for (const uint8_t tos : kTosOfMark) {
    const Packet packet = Packet::tcp(kStranger, {kServiceAddress + 1, 80}).tos(tos);
    EXPECT_EQ(taken(packet, "pass_not_guarded"), send(packet));
    const Packet reply = Packet::tcp(kServer, kStranger).tos(tos);
    EXPECT_EQ(taken(reply, "pass_not_guarded"), send(reply));
  }
}

// Which is how a free word of the table of addresses looks.
TEST_F(AgentDecisionTest, LeavesTheAddressZeroAlone) {
  const Packet packet = Packet::tcp(kStranger, {0, 80});
  EXPECT_EQ(taken(packet, "pass_not_guarded"), send(packet));
}

TEST_F(AgentDecisionTest, GuardsEachOfItsAddresses) {
  const Packet packet = Packet::tcp(kStranger, {kServiceAddress + 1, 80});
  agent().guard(kServiceAddress + 1);
  EXPECT_EQ(bounced(packet), send(packet));
  EXPECT_EQ(bounced(ack_), send(ack_));
}

TEST_F(AgentDecisionTest, LeavesWhatIsNotIpAlone) {
  for (const unsigned type : {ETH_P_ARP, ETH_P_MPLS_UC, ETH_P_8021Q}) {
    const Packet packet = ack_.ether_type(static_cast<uint16_t>(type));
    EXPECT_EQ(taken(packet, "pass_not_ip"), send(packet));
  }
}

TEST_F(AgentDecisionTest, LeavesWhatIsMalformedToTheKernel) {
  for (size_t bytes = ETH_HLEN; bytes < kTcpEnd; bytes++) {
    const Packet packet = ack_.cut_to(bytes);
    EXPECT_EQ(taken(packet, "pass_malformed"), send(packet)) << bytes << " bytes";
  }
  for (const Packet& packet :
       {ack_.claim_ip_version(6), ack_.claim_ip_words(4), ack_.claim_ip_words(6),
        ack_.claim_tcp_words(4), ack_.fragment(8, false).claim_ip_words(6),
        Packet::udp(kStranger, kServer).cut_to(kIpEnd + 7)})
    EXPECT_EQ(taken(packet, "pass_malformed"), send(packet));
  EXPECT_EQ(bounced(ack_.cut_to(kTcpEnd)), send(ack_.cut_to(kTcpEnd)));
}

TEST_F(AgentDecisionTest, Row1TakesWhatIsNotTcp) {
  for (const Packet& packet :
       {Packet::udp(kStranger, kServer), Packet::icmp(kStranger.address, kServiceAddress),
        Packet::other(IPPROTO_GRE, kStranger.address, kServiceAddress)})
    for (const uint8_t tos : kTosOfMark)
      EXPECT_EQ(taken(packet.tos(0), "take_not_tcp"), send(packet.tos(tos)));
}

TEST_F(AgentDecisionTest, Row2TakesNewConnectionsMarkedOrNot) {
  for (const uint8_t tos : kTosOfMark) {
    const Packet syn = ack_.flags(kSyn);
    EXPECT_EQ(taken(syn.tos(0), "take_syn"), send(syn.tos(tos)));
  }
}

TEST_F(AgentDecisionTest, Row2IsSynWithoutAck) {
  for (unsigned flags = 0; flags < 256; flags++) {
    const Packet packet = ack_.flags(static_cast<uint8_t>(flags));
    const bool opens = (flags & kSyn) && !(flags & kAck);
    EXPECT_EQ(opens ? taken(packet, "take_syn") : bounced(packet), send(packet))
        << "flags " << flags;
  }
}

TEST_F(AgentDecisionTest, Row3TakesWhatIsFinal) {
  EXPECT_EQ(taken(ack_.tos(0), "take_final"), send(ack_.tos(kTosOfFinal)));
  const Packet reset = ack_.flags(kRst);
  EXPECT_EQ(taken(reset.tos(0), "take_final"), send(reset.tos(kTosOfFinal)));
}

TEST_F(AgentDecisionTest, Row6BouncesWithTheNextAttempt) {
  for (unsigned attempt = 0; attempt < 4; attempt++) {
    const Packet packet = ack_.tos(kTosOfMark[attempt]);
    EXPECT_EQ(bounced(packet, kTosOfMark[attempt + 1]), send(packet)) << "attempt " << attempt;
  }
}

TEST_F(AgentDecisionTest, AListenerAloneOwnsNothing) {
  const Listener listener(kServer.port);
  EXPECT_EQ(bounced(ack_), send(ack_));
}

TEST_F(AgentDecisionTest, ABounceNeedsAHopToGo) {
  for (unsigned ttl = 0; ttl < 256; ttl++) {
    const Packet packet = ack_.ttl(static_cast<uint8_t>(ttl));
    EXPECT_EQ(ttl < 2 ? dropped(packet, "drop_ttl_expired") : bounced(packet), send(packet))
        << "TTL " << ttl;
  }
  // Its mark was for a router that will not see it.
  EXPECT_EQ(dropped(ack_.ttl(1).tos(0), "drop_ttl_expired"), send(ack_.ttl(1).tos(kTosOfMark[2])));
}

TEST_F(AgentDecisionTest, WhatIsTakenNeedsNoHop) {
  for (uint8_t ttl = 0; ttl < 2; ttl++) {
    const Packet packet = ack_.ttl(ttl);
    EXPECT_EQ(taken(packet.flags(kSyn), "take_syn"), send(packet.flags(kSyn)));
    EXPECT_EQ(taken(packet.tos(0), "take_final"), send(packet.tos(kTosOfFinal)));
  }
}

TEST_F(AgentDecisionTest, BouncesPacketsOfEveryShape) {
  for (unsigned words = 0; words <= 10; words++) {
    const Packet packet = ack_.ip_options(words).payload("GET /");
    EXPECT_EQ(bounced(packet), send(packet)) << words << " words of options";
  }
  for (const Packet& packet : {ack_.padded_to(60), ack_.payload(std::string(8900, 'j'))})
    EXPECT_EQ(bounced(packet), send(packet));
}

// The identification is free to choose: over all of it the checksum takes every value it can.
TEST_F(AgentDecisionTest, EveryIpChecksumIsPatchedRight) {
  load({.bounces_per_second = 1'000'000, .bounce_burst = 100'000});
  for (unsigned id = 0; id < 65536; id++) {
    const Packet packet = ack_.id(static_cast<uint16_t>(id));
    ASSERT_EQ(bounced(packet).packet, send(packet).packet) << "id " << id;
  }
}

}  // namespace
}  // namespace ricochet::test

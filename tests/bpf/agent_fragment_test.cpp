// SPDX-License-Identifier: Apache-2.0
// Fragments are bounced where the first one was bounced.
#include "agent_scene.h"

namespace ricochet::test {
namespace {

class AgentFragmentTest : public AgentScene {
 protected:
  void expect_taken(const Packet& fragment, const std::string& verdict) {
    for (const uint8_t tos : {kTosOfMark[0], kTosOfMark[2]}) {
      EXPECT_EQ(taken(fragment.tos(0), verdict), send(fragment.tos(tos)));
    }
  }

  const Packet ack_ = Packet::tcp(kStranger, kServer).payload("a piece of a segment");
};

TEST_F(AgentFragmentTest, LaterOnesAreBouncedAfterTheFirst) {
  for (const Packet& fragment :
       {ack_.fragment(0, true), ack_.fragment(40, true), ack_.fragment(48, false)}) {
    EXPECT_EQ(bounced(fragment), send(fragment));
  }
  const Packet marked = ack_.fragment(40, false).tos(kTosOfMark[1]);
  EXPECT_EQ(bounced(marked, kTosOfMark[2]), send(marked));
}

TEST_F(AgentFragmentTest, AreTakenWhereNoFirstWasBounced) {
  expect_taken(ack_.fragment(40, false), "take_fragment");
  EXPECT_EQ(bounced(ack_.fragment(0, true)), send(ack_.fragment(0, true)));
  expect_taken(ack_.fragment(40, false).id(0x4321), "take_fragment");
}

TEST_F(AgentFragmentTest, OfAConnectionHereAreTaken) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet segment = peer.next_segment().payload("a piece of a segment");
  expect_taken(segment.fragment(0, true), "take_socket");
  expect_taken(segment.fragment(40, false), "take_fragment");
}

// Identifications come again.
TEST_F(AgentFragmentTest, AFirstOneThatIsTakenEndsTheBouncing) {
  EXPECT_EQ(bounced(ack_.fragment(0, true)), send(ack_.fragment(0, true)));
  const Packet syn = ack_.flags(kSyn).fragment(0, true);
  EXPECT_EQ(taken(syn, "take_syn"), send(syn));
  expect_taken(ack_.fragment(40, false), "take_fragment");
}

TEST_F(AgentFragmentTest, MarkedFinalAreTaken) {
  EXPECT_EQ(bounced(ack_.fragment(0, true)), send(ack_.fragment(0, true)));
  const Packet final = ack_.fragment(40, false);
  EXPECT_EQ(taken(final.tos(0), "take_final"), send(final.tos(kTosOfFinal)));
}

TEST_F(AgentFragmentTest, LaterOnesObeyTtlAndBudget) {
  EXPECT_EQ(bounced(ack_.fragment(0, true)), send(ack_.fragment(0, true)));
  const Packet last_hop = ack_.fragment(40, false).ttl(1);
  EXPECT_EQ(dropped(last_hop, "drop_ttl_expired"), send(last_hop));
  load({.bounces_per_second = 0});
  EXPECT_EQ(dropped(ack_.fragment(0, true), "drop_budget"), send(ack_.fragment(0, true)));
  EXPECT_EQ(dropped(ack_.fragment(40, false), "drop_budget"), send(ack_.fragment(40, false)));
}

TEST_F(AgentFragmentTest, OfUdpAreTakenAsItIs) {
  const Packet datagram = Packet::udp(kStranger, kServer).payload("a piece of a datagram");
  expect_taken(datagram.fragment(0, true), "take_not_tcp");
  expect_taken(datagram.fragment(1480, false), "take_not_tcp");
}

}  // namespace
}  // namespace ricochet::test

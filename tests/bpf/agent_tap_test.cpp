// SPDX-License-Identifier: Apache-2.0
// The tap of the agent: the packet as it came, and as it was bounced or given to the kernel. What a
// filter wants is tested with the router, whose tap is the same.
#include <arpa/inet.h>

#include "agent_scene.h"
#include "tap_records.h"

namespace ricochet::test {
namespace {

class AgentTapTest : public AgentScene {
 protected:
  void show_all() { agent().tap().set_filter({.enabled = 1, .a = {}, .b = {}}); }

  std::vector<Shown> shown_of(const Packet& packet) {
    send(packet);
    return what_is_shown(agent().tap());
  }

  std::vector<Shown> in_and(const Packet& sent, rch_tap_direction direction, uint32_t verdict,
                            const Bytes& left) {
    return {shown(RCH_TAP_IN, wire().ifindex(), 0, sent.bytes()),
            shown(direction, wire().ifindex(), verdict, left)};
  }

  const Packet ack_ = Packet::tcp(kStranger, kServer).payload("GET /10B.txt");
};

TEST_F(AgentTapTest, OffItWritesNothing) {
  EXPECT_EQ(std::vector<Shown>{}, shown_of(ack_));
}

TEST_F(AgentTapTest, ABounceLeavesWhereItCame) {
  show_all();
  EXPECT_EQ(in_and(ack_, RCH_TAP_OUT, RCH_AGENT_BOUNCE, bounced(ack_).packet), shown_of(ack_));
}

TEST_F(AgentTapTest, WhatIsTakenEndsAsTheStackSeesIt) {
  show_all();
  const Packet marked = ack_.tos(kTosOfFinal);
  EXPECT_EQ(in_and(marked, RCH_TAP_END, RCH_AGENT_TAKE_FINAL, ack_.bytes()), shown_of(marked));
}

TEST_F(AgentTapTest, WhatIsDroppedEnds) {
  show_all();
  const Packet packet = ack_.ttl(1);
  EXPECT_EQ(in_and(packet, RCH_TAP_END, RCH_AGENT_DROP_TTL_EXPIRED, packet.bytes()),
            shown_of(packet));
}

TEST_F(AgentTapTest, HasAFilter) {
  rch_tap_filter filter{.enabled = 1, .a = {}, .b = {}};
  filter.b.address = kStranger.address.encode();
  filter.b.port = htons(kStranger.port);
  agent().tap().set_filter(filter);
  EXPECT_EQ(2u, shown_of(ack_).size());
  EXPECT_EQ(2u, shown_of(Packet::tcp(kServer, kStranger)).size());
  EXPECT_EQ(0u, shown_of(Packet::tcp({kStranger.address, 1}, kServer)).size());
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// The mark in the ToS byte, as the agent reads, raises and removes it.
#include <map>

#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr uint8_t kEcnBits = 0x03;
constexpr unsigned kFinalMark = 4;

// The marks by code point: RFC 2474 pool 2, xxxx11, counted from the lowest.
const std::map<unsigned, unsigned> kMarkOfCodePoint = {{3, 1},  {7, 2},  {11, 3},
                                                       {15, 4}, {19, 5}, {23, 6}};
constexpr uint8_t kRestartTos = 23 << 2;

unsigned mark_of(unsigned tos) {
  const auto mark = kMarkOfCodePoint.find(tos >> 2);
  return mark == kMarkOfCodePoint.end() ? 0 : mark->second;
}

class AgentMarkTest : public AgentScene {
 protected:
  const Packet ack_ = Packet::tcp(kStranger, kServer);
  const Packet syn_ = Packet::tcp(kStranger, kServer, kSyn);
};

TEST_F(AgentMarkTest, DscpKeepsTheEcnBitsOfEveryTos) {
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    const auto ecn = static_cast<uint8_t>(tos & kEcnBits);
    const Packet packet = ack_.tos(static_cast<uint8_t>(tos));
    if (mark_of(tos) == kFinalMark) {
      EXPECT_EQ(taken(packet.tos(ecn), "take_final"), send(packet));
    } else if (mark_of(tos) > kFinalMark) {
      EXPECT_EQ(bounced(packet, kRestartTos | ecn), send(packet));
    } else {
      const uint8_t next = kTosOfMark[mark_of(tos) + 1];
      EXPECT_EQ(bounced(packet, next | ecn), send(packet));
    }
  }
}

TEST_F(AgentMarkTest, DscpIsRemovedBeforeTheStackAndOtherBytesAreKept) {
  for (unsigned tos = 0; tos < 256; tos++) {
    const Packet packet = syn_.tos(static_cast<uint8_t>(tos));
    const auto clean = static_cast<uint8_t>(mark_of(tos) ? tos & kEcnBits : tos);
    EXPECT_EQ(taken(packet.tos(clean), "take_syn"), send(packet)) << tos;
  }
}

TEST_F(AgentMarkTest, EcmpErHasOneMarkAndItIsFinal) {
  load({.mark_ecmp_er = true});
  for (unsigned tos = 0; tos < 256; tos++) {
    const Packet packet = ack_.tos(static_cast<uint8_t>(tos));
    EXPECT_EQ(tos == kEcmpErTos ? taken(packet.tos(0), "take_final") : bounced(packet, kEcmpErTos),
              send(packet))
        << tos;
  }
}

TEST_F(AgentMarkTest, EcmpErIsRemovedBeforeTheStackAndOtherBytesAreKept) {
  load({.mark_ecmp_er = true});
  for (unsigned tos = 0; tos < 256; tos++) {
    const Packet packet = syn_.tos(static_cast<uint8_t>(tos));
    const auto clean = static_cast<uint8_t>(tos == kEcmpErTos ? 0 : tos);
    EXPECT_EQ(taken(packet.tos(clean), "take_syn"), send(packet)) << tos;
  }
}

TEST_F(AgentMarkTest, IsRemovedFromWhatASocketTakes) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(1);
  peer.establish();
  const Packet packet = peer.next_segment();
  for (unsigned mark = 0; mark < kFinalMark; mark++)
    EXPECT_EQ(taken(packet.tos(2), "take_socket"), send(packet.tos(kTosOfMark[mark] | 2)));
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// Row 4 of DESIGN 2.3: a socket has the addresses and ports, and its sequence numbers fit. With
// sockets of the real kernel in each state.
#include <array>
#include <optional>

#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kNear = 1u << 30;
constexpr uint32_t kNearTimeWait = 1u << 20;

// So that the numbers around it pass zero, the middle, and neither.
constexpr std::array<uint32_t, 4> kInitialSequences = {0xffffffff, 0x7fffffff, 0, 0x12345678};

class AgentSocketTest : public AgentScene {
 protected:
  void SetUp() override {
    AgentScene::SetUp();
    if (!IsSkipped()) listener_.emplace(kServer.port);
  }

  void expect_taken(const Packet& packet) { EXPECT_EQ(taken(packet, "take_socket"), send(packet)); }
  void expect_unfit(const Packet& packet) { EXPECT_EQ(bounced_unfit(packet), send(packet)); }
  void expect_bounced(const Packet& packet) { EXPECT_EQ(bounced(packet), send(packet)); }

  // All numbers less than `near` from what is expected fit, on both sides, and no others.
  void expect_window(const Packet& segment, uint32_t expected, uint32_t near) {
    for (const uint32_t distance : {uint32_t{0}, uint32_t{1}, near / 2, near - 1}) {
      SCOPED_TRACE(distance);
      expect_taken(segment.sequence(expected + distance));
      expect_taken(segment.sequence(expected - distance));
    }
    for (const uint32_t distance : {near, near + 1, near * 2 - 1, uint32_t{1} << 31}) {
      SCOPED_TRACE(distance);
      expect_unfit(segment.sequence(expected + distance));
      expect_unfit(segment.sequence(expected - distance));
    }
  }

  std::optional<Listener> listener_;
};

TEST_F(AgentSocketTest, EstablishedTakesNumbersNearWhatItExpects) {
  for (const uint32_t initial : kInitialSequences) {
    SCOPED_TRACE(initial);
    ScriptedPeer peer = new_peer(initial);
    peer.establish();
    expect_window(peer.next_segment(), initial + 1, kNear);
  }
}

TEST_F(AgentSocketTest, WhatIsExpectedMovesWithTheConversation) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  peer.say(std::string(1000, 'x'));
  expect_window(peer.next_segment(), 7 + 1 + 1000, kNear);
}

TEST_F(AgentSocketTest, EstablishedLooksAtNoOtherNumber) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet segment = peer.next_segment();
  for (const uint8_t flags : {kAck, kRst, kFin})
    for (const uint32_t acknowledgement : {0u, 0x80000000u, 0xffffffffu})
      expect_taken(segment.flags(flags).acknowledgement(acknowledgement));
  expect_unfit(segment.flags(kRst).sequence(7 + kNear + 1));
}

TEST_F(AgentSocketTest, EveryPartOfTheTupleCounts) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet segment = peer.next_segment();
  const Endpoint client = segment.source();
  agent().guard(kServiceAddress + 1);
  const auto between = [&](Endpoint source, Endpoint destination) {
    return Packet::tcp(source, destination)
        .sequence(peer.sequence())
        .acknowledgement(peer.acknowledgement());
  };
  expect_taken(between(client, kServer));
  expect_bounced(between({client.address, uint16_t(client.port + 5000)}, kServer));
  expect_bounced(between({client.address + 1, client.port}, kServer));
  expect_bounced(between(client, {kServiceAddress, 81}));
  expect_bounced(between(client, {kServiceAddress + 1, kServer.port}));
}

TEST_F(AgentSocketTest, IsFoundBehindIpOptions) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  for (unsigned words = 1; words <= 10; words++) {
    expect_taken(peer.next_segment().ip_options(words));
    expect_unfit(peer.next_segment().ip_options(words).sequence(7 + 2 * kNear));
  }
}

TEST_F(AgentSocketTest, ANewConnectionIsTakenBeforeTheSocketIsAsked) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet syn = peer.next_segment(kSyn).sequence(7 + 2 * kNear);
  EXPECT_EQ(taken(syn, "take_syn"), send(syn));
}

TEST_F(AgentSocketTest, WhatIsFinalIsTakenBeforeTheSocketIsAsked) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet packet = peer.next_segment().sequence(7 + 2 * kNear);
  EXPECT_EQ(taken(packet, "take_final"), send(packet.tos(kTosOfFinal)));
}

TEST_F(AgentSocketTest, UnfitWithoutAHopIsCountedAsBoth) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet packet = peer.next_segment().sequence(7 + 2 * kNear).ttl(1);
  Outcome expected = dropped(packet, "drop_ttl_expired");
  expected.counted["bounce_unfit"] = 1;
  EXPECT_EQ(expected, send(packet));
}

TEST_F(AgentSocketTest, ARequestTakesWhatAcknowledgesItsSynAck) {
  for (const uint32_t initial : kInitialSequences) {
    SCOPED_TRACE(initial);
    ScriptedPeer peer = new_peer(initial);
    peer.half_open();
    const Packet ack = peer.next_segment();
    expect_taken(ack);
    expect_taken(ack.flags(kPsh | kAck).payload("GET /"));
    expect_taken(ack.flags(kFin | kAck));
    // The first segment may be lost: the number of the second is not looked at.
    expect_taken(ack.sequence(peer.sequence() + 1448));
    for (const uint32_t off : {1u, 2u, 1u << 20, 1u << 31}) {
      expect_unfit(ack.acknowledgement(peer.acknowledgement() + off));
      expect_unfit(ack.acknowledgement(peer.acknowledgement() - off));
    }
  }
}

TEST_F(AgentSocketTest, ARequestTakesAResetOfItsVeryNumber) {
  for (const uint32_t initial : kInitialSequences) {
    SCOPED_TRACE(initial);
    ScriptedPeer peer = new_peer(initial);
    peer.half_open();
    const Packet reset = peer.next_segment(kRst);
    expect_taken(reset);
    expect_taken(reset.flags(kRst | kAck));
    expect_taken(reset.acknowledgement(0x5555));
    for (const uint32_t off : {1u, 2u, 1u << 20, 1u << 31}) {
      expect_unfit(reset.sequence(peer.sequence() + off));
      expect_unfit(reset.sequence(peer.sequence() - off));
    }
    // That the acknowledgement fits does not help.
    expect_unfit(peer.next_segment(kRst | kAck).sequence(peer.sequence() + 1));
  }
}

TEST_F(AgentSocketTest, TimeWaitTakesLateSegmentsAndNotANewConnection) {
  for (const uint32_t initial : kInitialSequences) {
    SCOPED_TRACE(initial);
    ScriptedPeer peer = new_peer(initial);
    peer.establish();
    listener_->accept().reset();
    peer.await_fin();
    peer.finish();  // which acknowledges the server's FIN, too
    expect_window(peer.next_segment(), initial + 2, kNearTimeWait);
  }
}

TEST_F(AgentSocketTest, HalfClosedByTheServerIsATimeWaitOfAnotherName) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  listener_->accept().reset();
  peer.await_fin();
  peer.acknowledge();
  expect_window(peer.next_segment(), 7 + 1, kNearTimeWait);
}

TEST_F(AgentSocketTest, WaitingForTheAcknowledgementOfAFin) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  listener_->accept().reset();
  peer.await_fin();
  expect_window(peer.next_segment(), 7 + 1, kNear);
}

TEST_F(AgentSocketTest, ClosedByThePeerAlone) {
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Fd connection = listener_->accept();
  peer.finish();
  expect_window(peer.next_segment(), 7 + 2, kNear);
}

TEST_F(AgentSocketTest, AConnectionThatThisServerBeginsTakesEveryAnswer) {
  constexpr Endpoint kUpstream{ipv4(10, 99, 0, 3), 8080};
  constexpr Endpoint kHere{kServiceAddress, 50000};
  const Fd connecting = begin_connect(kHere, kUpstream);
  ScriptedPeer upstream(wire(), kUpstream, kHere, 0xdeadbeef);
  upstream.await_syn();
  expect_taken(upstream.next_segment(kSyn | kAck));
  expect_taken(upstream.next_segment(kRst | kAck));
  expect_taken(upstream.next_segment(kSyn | kAck).sequence(0xdeadbeef + 2 * kNear));
}

TEST_F(AgentSocketTest, ADualStackListenersConnectionsAreFound) {
  constexpr uint16_t kPort = 8443;
  const Listener dual_stack(kPort, Listener::Family::kDualStack);
  ScriptedPeer half_open = new_peer(7, kPort);
  half_open.half_open();
  expect_taken(half_open.next_segment());
  expect_unfit(half_open.next_segment().acknowledgement(1));

  ScriptedPeer peer = new_peer(7, kPort);
  peer.establish();
  expect_window(peer.next_segment(), 7 + 1, kNear);
  expect_bounced(Packet::tcp(kStranger, {kServiceAddress, kPort}));

  dual_stack.accept().reset();
  peer.await_fin();
  peer.finish();
  expect_window(peer.next_segment(), 7 + 2, kNearTimeWait);
}

}  // namespace
}  // namespace ricochet::test

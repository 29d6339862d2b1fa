// SPDX-License-Identifier: Apache-2.0
// The decision table for packets of IPv6, with IPv6 sockets of the real kernel.
#include <netinet/in.h>

#include <array>

#include "agent_scene.h"
#include "icmp_frames.h"
#include "vlan_frames.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kNear = 1u << 30;
constexpr uint32_t kNearTimeWait = 1u << 20;
constexpr size_t kIpEnd = ETH_HLEN + 40;
constexpr std::array<uint32_t, 2> kInitialSequences = {0xffffffff, 0x12345678};

class AgentIpv6Test : public AgentScene {
 protected:
  void TearDown() override {
    if (!IsSkipped()) write_sysctl("net/ipv4/tcp_syncookies", "1");
  }

  void expect_taken(const Packet& packet, const std::string& verdict) {
    for (const uint8_t tos : {kTosOfMark[0], kTosOfMark[2]})
      EXPECT_EQ(taken(packet.tos(0), verdict), send(packet.tos(tos)));
  }
  void expect_bounced(const Packet& packet) { EXPECT_EQ(bounced(packet), send(packet)); }
  void expect_unfit(const Packet& packet) { EXPECT_EQ(bounced_unfit(packet), send(packet)); }

  // All numbers less than `near` from what is expected fit, on both sides, and no others.
  void expect_window(const Packet& segment, uint32_t expected, uint32_t near) {
    for (const uint32_t distance : {0u, 1u, near - 1}) {
      expect_taken(segment.sequence(expected + distance), "take_socket");
      expect_taken(segment.sequence(expected - distance), "take_socket");
    }
    for (const uint32_t distance : {near, 1u << 31}) {
      expect_unfit(segment.sequence(expected + distance));
      expect_unfit(segment.sequence(expected - distance));
    }
  }

  const Packet ack_ = Packet::tcp(kStranger6, kServer6);
};

TEST_F(AgentIpv6Test, LeavesOtherAddressesAlone) {
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = kServiceAddress6;
    other.words[word] ^= 0x00010000;
    const Packet packet = Packet::tcp(kStranger6, {other, 80}).tos(kTosOfMark[1]);
    EXPECT_EQ(taken(packet, "pass_not_guarded"), send(packet));
    agent().guard(other);
    EXPECT_EQ(bounced(packet, kTosOfMark[2]), send(packet));
  }
  const Packet reply = Packet::tcp(kServer6, kStranger6);
  EXPECT_EQ(taken(reply, "pass_not_guarded"), send(reply));
}

TEST_F(AgentIpv6Test, LeavesWhatIsMalformedToTheKernel) {
  for (size_t bytes = ETH_HLEN; bytes < kIpEnd + 20; bytes++) {
    const Packet packet = ack_.cut_to(bytes);
    EXPECT_EQ(taken(packet, "pass_malformed"), send(packet)) << bytes << " bytes";
  }
  for (const Packet& packet : {ack_.claim_ip_version(4), ack_.claim_tcp_words(4),
                               ack_.extension(IPPROTO_DSTOPTS).cut_to(kIpEnd + 7),
                               Packet::udp(kStranger6, kServer6).cut_to(kIpEnd + 7)})
    EXPECT_EQ(taken(packet, "pass_malformed"), send(packet));
}

TEST_F(AgentIpv6Test, LeavesMoreExtensionHeadersThanAreReadToTheKernel) {
  constexpr std::array<uint8_t, 2> kTypes = {IPPROTO_DSTOPTS, IPPROTO_AH};
  Packet packet = ack_;
  for (size_t i = 0; i < RCH_EXTENSION_HEADERS_MAX; i++) {
    packet = packet.extension(kTypes[i % 2], 1);
    expect_bounced(packet);
  }
  const Packet more = packet.extension(IPPROTO_ROUTING).tos(kTosOfMark[1]);
  EXPECT_EQ(taken(more, "pass_extensions"), send(more));
}

TEST_F(AgentIpv6Test, Row1TakesWhatIsNotTcp) {
  expect_taken(Packet::udp(kStranger6, kServer6), "take_not_tcp");
  expect_taken(Packet::icmp(kStranger6.address, kServiceAddress6), "take_not_tcp");
  expect_taken(Packet::other(IPPROTO_GRE, kStranger6.address, kServiceAddress6), "take_not_tcp");
  // Neighbour discovery needs no rule of its own here.
  expect_taken(Packet::icmp_error(kStranger6.address, kServiceAddress6, 135, Bytes(16)),
               "take_not_tcp");
}

TEST_F(AgentIpv6Test, Rows2And3AskNoSocket) {
  expect_taken(ack_.flags(kSyn), "take_syn");
  expect_taken(ack_.flags(kSyn).extension(IPPROTO_DSTOPTS, 3), "take_syn");
  EXPECT_EQ(taken(ack_.tos(0), "take_final"), send(ack_.tos(kTosOfFinal)));
}

TEST_F(AgentIpv6Test, Row6BouncesWithTheNextAttempt) {
  for (unsigned attempt = 0; attempt < 4; attempt++) {
    const Packet packet = ack_.tos(kTosOfMark[attempt] | 1).flow_label(0xf1234);
    EXPECT_EQ(bounced(packet, kTosOfMark[attempt + 1] | 1), send(packet)) << attempt;
  }
  for (const Packet& packet : tagged(ack_)) expect_bounced(packet);
  expect_bounced(ack_.payload(std::string(8900, 'j')));
}

TEST_F(AgentIpv6Test, ABounceNeedsAHopToGo) {
  for (unsigned limit = 0; limit < 256; limit++) {
    const Packet packet = ack_.ttl(static_cast<uint8_t>(limit));
    EXPECT_EQ(limit < 2 ? dropped(packet, "drop_ttl_expired") : bounced(packet), send(packet))
        << limit;
  }
}

TEST_F(AgentIpv6Test, EstablishedTakesNumbersNearWhatItExpects) {
  const Listener listener(kServer6.port, Listener::Family::kIpv6);
  for (const uint32_t initial : kInitialSequences) {
    ScriptedPeer peer = new_peer6(initial);
    peer.establish();
    expect_window(peer.next_segment(), initial + 1, kNear);
    expect_window(peer.next_segment().extension(IPPROTO_DSTOPTS, 2), initial + 1, kNear);
  }
}

TEST_F(AgentIpv6Test, EveryPartOfTheTupleCounts) {
  const Listener listener(kServer6.port, Listener::Family::kDualStack);
  ScriptedPeer peer = new_peer6(7);
  peer.establish();
  const Packet segment = peer.next_segment();
  const Endpoint client = segment.source();
  const auto between = [&](Endpoint source, Endpoint destination) {
    return Packet::tcp(source, destination)
        .sequence(peer.sequence())
        .acknowledgement(peer.acknowledgement());
  };
  expect_taken(between(client, kServer6), "take_socket");
  expect_bounced(between({client.address, uint16_t(client.port + 5000)}, kServer6));
  expect_bounced(between(client, {kServiceAddress6, 81}));
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = client.address;
    other.words[word] ^= 2;
    expect_bounced(between({other, client.port}, kServer6));
  }
  agent().guard(kServiceAddress6 + 1);
  expect_bounced(between(client, {kServiceAddress6 + 1, kServer6.port}));
}

TEST_F(AgentIpv6Test, ARequestTakesWhatAcknowledgesItsSynAck) {
  const Listener listener(kServer6.port, Listener::Family::kIpv6);
  for (const uint32_t initial : kInitialSequences) {
    ScriptedPeer peer = new_peer6(initial);
    peer.half_open();
    const Packet ack = peer.next_segment();
    expect_taken(ack, "take_socket");
    expect_taken(peer.next_segment(kRst), "take_socket");
    for (const uint32_t off : {1u, 1u << 31}) {
      expect_unfit(ack.acknowledgement(peer.acknowledgement() + off));
      expect_unfit(ack.acknowledgement(peer.acknowledgement() - off));
      expect_unfit(peer.next_segment(kRst).sequence(peer.sequence() + off));
    }
  }
}

TEST_F(AgentIpv6Test, TimeWaitTakesLateSegmentsAndNotANewConnection) {
  const Listener listener(kServer6.port, Listener::Family::kIpv6);
  for (const uint32_t initial : kInitialSequences) {
    ScriptedPeer peer = new_peer6(initial);
    peer.establish();
    listener.accept().reset();
    peer.await_fin();
    peer.finish();
    expect_window(peer.next_segment(), initial + 2, kNearTimeWait);
  }
}

TEST_F(AgentIpv6Test, AConnectionThatThisServerBeginsTakesEveryAnswer) {
  constexpr Endpoint kUpstream{ipv6(99, 3), 8080};
  constexpr Endpoint kHere{kServiceAddress6, 50000};
  const Fd connecting = begin_connect(kHere, kUpstream);
  ScriptedPeer upstream(wire(), kUpstream, kHere, 0xdeadbeef);
  upstream.await_syn();
  expect_taken(upstream.next_segment(kSyn | kAck), "take_socket");
  expect_taken(upstream.next_segment(kSyn | kAck).sequence(1), "take_socket");
}

TEST_F(AgentIpv6Test, AListenerAloneOwnsNothing) {
  const Listener listener(kServer6.port, Listener::Family::kIpv6);
  expect_bounced(ack_);
}

TEST_F(AgentIpv6Test, Row5TakesTheAckOfASynCookie) {
  // The index of one of four segment sizes is added to a cookie.
  constexpr uint32_t kBeyondTheMss = 16;
  for (const auto family : {Listener::Family::kIpv6, Listener::Family::kDualStack}) {
    const Listener listener(kServer6.port, family);
    write_sysctl("net/ipv4/tcp_syncookies", "2");
    ScriptedPeer peer = new_peer6(0xffffffff);
    peer.half_open();
    const Packet ack = peer.next_segment();
    expect_taken(ack, "take_cookie");
    expect_taken(ack.extension(IPPROTO_AH, 4), "take_cookie");
    expect_bounced(ack.acknowledgement(peer.acknowledgement() + kBeyondTheMss));
    expect_bounced(ack.sequence(peer.sequence() + kBeyondTheMss));
    expect_bounced(ack.flags(kRst | kAck));
    const Endpoint other{ack.source().address + 1, ack.source().port};
    expect_bounced(Packet::tcp(other, kServer6)
                       .sequence(peer.sequence())
                       .acknowledgement(peer.acknowledgement()));
  }
}

TEST_F(AgentIpv6Test, LaterFragmentsAreBouncedAfterTheFirst) {
  const Packet packet = ack_.payload("a piece of a segment");
  expect_taken(packet.fragment(40, false), "take_fragment");
  for (const auto& [offset, more] : {std::pair<uint16_t, bool>{0, true}, {40, true}, {48, false}})
    expect_bounced(packet.fragment(offset, more));
  expect_taken(packet.fragment(40, false).id(0x11234), "take_fragment");
  // A first one that is taken ends it.
  const Packet syn = packet.flags(kSyn).fragment(0, true);
  EXPECT_EQ(taken(syn, "take_syn"), send(syn));
  expect_taken(packet.fragment(40, false), "take_fragment");
  // A whole packet is none.
  expect_bounced(packet.fragment(0, false));
  expect_taken(packet.fragment(40, false), "take_fragment");
}

// Which of them says that it is TCP is the first alone.
TEST_F(AgentIpv6Test, LaterFragmentsBehindExtensionHeadersFollowTheFirst) {
  const auto piece = [](const Packet& packet, uint16_t offset) {
    return packet.payload("a piece").fragment(offset, true).extension(IPPROTO_DSTOPTS, 1);
  };
  expect_taken(piece(ack_, 40), "take_fragment");
  expect_bounced(piece(ack_, 0));
  expect_bounced(piece(ack_, 40));
  const Packet udp = Packet::udp(kStranger6, kServer6).id(0x4321);
  expect_taken(piece(udp, 0), "take_not_tcp");
  expect_taken(piece(udp, 40), "take_fragment");
}

TEST_F(AgentIpv6Test, ErrorsAreTakenWhereTheConnectionIsThatTheyAreAbout) {
  const Listener listener(kServer6.port, Listener::Family::kIpv6);
  ScriptedPeer peer = new_peer6(7);
  peer.establish();
  const auto sent = [&](uint32_t distance) {
    return Packet::tcp(kServer6, peer.next_segment().source())
        .sequence(peer.acknowledgement() + distance);
  };
  for (const uint8_t type : kIcmpv6Errors) expect_taken(error_about6(sent(0), type), "take_socket");
  expect_taken(error_about6(sent(kNear - 1)), "take_socket");
  expect_taken(error_about6(sent(0).extension(IPPROTO_DSTOPTS)), "take_socket");
  expect_unfit(error_about6(sent(kNear)));

  const Packet elsewhere = error_about6(Packet::tcp(kServer6, kStranger6));
  expect_bounced(elsewhere);
  EXPECT_EQ(taken(elsewhere.tos(0), "take_final"), send(elsewhere.tos(kTosOfFinal)));
  expect_taken(error_about6(Packet::udp(kServer6, kStranger6).payload("x")), "take_not_tcp");
  expect_taken(error_about6(Packet::tcp(kServer6, kStranger6)).cut_to(kIpEnd + 8 + 40 + 7),
               "take_not_tcp");
}

}  // namespace
}  // namespace ricochet::test

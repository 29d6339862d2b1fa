// SPDX-License-Identifier: Apache-2.0
// Row 5 of DESIGN 2.3: no socket but the listener, and an ACK that carries a SYN cookie.
#include "agent_scene.h"

namespace ricochet::test {
namespace {

// The kernel writes one of four segment sizes into a cookie by adding its index: a number so close
// may be a cookie as well.
constexpr uint32_t kBeyondTheMss = 16;

class AgentCookieTest : public AgentScene {
 protected:
  void SetUp() override {
    AgentScene::SetUp();
    if (!IsSkipped()) write_sysctl("net/ipv4/tcp_syncookies", "2");  // for every connection
  }
  void TearDown() override {
    if (!IsSkipped()) write_sysctl("net/ipv4/tcp_syncookies", "1");
  }

  void expect_cookie(const Packet& packet) {
    EXPECT_EQ(taken(packet, "take_cookie"), send(packet));
  }
  void expect_bounced(const Packet& packet) { EXPECT_EQ(bounced(packet), send(packet)); }

  // The SYN-ACK's number is the cookie, and no request socket is kept.
  ScriptedPeer peer_with_cookie(uint16_t port = kServer.port) {
    ScriptedPeer peer = new_peer(0xffffffff, port);
    peer.half_open();
    return peer;
  }
};

TEST_F(AgentCookieTest, TakesTheAckOfItsCookie) {
  const Listener listener(kServer.port);
  const ScriptedPeer peer = peer_with_cookie();
  expect_cookie(peer.next_segment());
  expect_cookie(peer.next_segment(kPsh | kAck).payload("GET /"));
  expect_cookie(peer.next_segment().ip_options(10));
}

TEST_F(AgentCookieTest, RemovesTheMark) {
  const Listener listener(kServer.port);
  const ScriptedPeer peer = peer_with_cookie();
  for (const uint8_t mark : {kTosOfMark[1], kTosOfMark[2], kTosOfMark[3]})
    EXPECT_EQ(taken(peer.next_segment().tos(2), "take_cookie"),
              send(peer.next_segment().tos(mark | 2)));
}

TEST_F(AgentCookieTest, BouncesWhatIsNotItsCookie) {
  const Listener listener(kServer.port);
  const ScriptedPeer peer = peer_with_cookie();
  const Packet ack = peer.next_segment();
  for (const uint32_t off : {kBeyondTheMss, 256u, 1u << 24, 1u << 31}) {
    expect_bounced(ack.acknowledgement(peer.acknowledgement() + off));
    expect_bounced(ack.acknowledgement(peer.acknowledgement() - off));
  }
  expect_bounced(ack.sequence(peer.sequence() + kBeyondTheMss));
  expect_bounced(ack.flags(kRst | kAck));
  expect_bounced(ack.flags(kRst));
  expect_bounced(ack.flags(kSyn | kAck));
}

TEST_F(AgentCookieTest, ACookieIsOfOneConnection) {
  const Listener listener(kServer.port), other(81);
  const ScriptedPeer peer = peer_with_cookie();
  const ScriptedPeer at_the_other_port = peer_with_cookie(81);
  const Packet ack = peer.next_segment();
  const auto carry_to = [&](Endpoint source, Endpoint destination) {
    return Packet::tcp(source, destination)
        .sequence(peer.sequence())
        .acknowledgement(peer.acknowledgement());
  };
  expect_cookie(carry_to(ack.source(), kServer));
  expect_bounced(carry_to({ack.source().address + 1, ack.source().port}, kServer));
  expect_bounced(carry_to({ack.source().address, uint16_t(ack.source().port + 5000)}, kServer));
  expect_bounced(carry_to(ack.source(), {kServiceAddress, 81}));
  expect_cookie(at_the_other_port.next_segment());
}

TEST_F(AgentCookieTest, ACookieWithoutItsListenerIsBounced) {
  const ScriptedPeer peer = [&] {
    const Listener listener(kServer.port);
    return peer_with_cookie();
  }();
  expect_bounced(peer.next_segment());
}

TEST_F(AgentCookieTest, AListenerThatSentNoneBouncesGuesses) {
  const Listener listener(kServer.port);
  expect_bounced(Packet::tcp(kStranger, kServer));
}

TEST_F(AgentCookieTest, CookiesSwitchedOff) {
  const Listener listener(kServer.port);
  const ScriptedPeer peer = peer_with_cookie();
  write_sysctl("net/ipv4/tcp_syncookies", "0");
  expect_bounced(peer.next_segment());
}

TEST_F(AgentCookieTest, ADualStackListenerSendsThemToo) {
  constexpr uint16_t kPort = 8443;
  const Listener listener(kPort, Listener::Family::kDualStack);
  const ScriptedPeer peer = peer_with_cookie(kPort);
  expect_cookie(peer.next_segment());
  expect_bounced(peer.next_segment().acknowledgement(peer.acknowledgement() + kBeyondTheMss));
}

TEST_F(AgentCookieTest, TheConnectionItMakesIsASocket) {
  const Listener listener(kServer.port);
  ScriptedPeer peer = peer_with_cookie();
  peer.acknowledge();
  const Fd connection = listener.accept();
  EXPECT_EQ(taken(peer.next_segment(), "take_socket"), send(peer.next_segment()));
}

}  // namespace
}  // namespace ricochet::test

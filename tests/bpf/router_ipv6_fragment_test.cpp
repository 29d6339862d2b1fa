// SPDX-License-Identifier: Apache-2.0
// Fragments of IPv6 go where the first one went, which has the ports, and may be the only one that
// tells the protocol.
#include <netinet/in.h>

#include <array>
#include <set>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kBuckets = 16;
constexpr uint16_t kFlows = 200;
constexpr size_t kIpEnd = ETH_HLEN + 40;
constexpr size_t kFragmentHeaderBytes = 8;
constexpr std::array<uint8_t, 4> kExtensions = {IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_AH,
                                                IPPROTO_HOPOPTS};

class RouterIpv6FragmentTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load_spread(kBuckets);
  }

  void expect_owner(uint32_t owner, const Packet& fragment) {
    EXPECT_EQ(forwarded(fragment, owner), send(fragment));
  }
  void expect_dropped(const Packet& fragment) {
    EXPECT_EQ(dropped(fragment, "drop_fragment"), send(fragment));
  }

  const Packet packet_ = Packet::tcp(kClient6, kService6).payload("a piece of a segment");
};

TEST_F(RouterIpv6FragmentTest, LaterOnesFollowTheFirst) {
  const uint32_t owner = owner_of(packet_);
  for (const auto& [offset, more] :
       {std::pair<uint16_t, bool>{0, true}, {40, true}, {65528, false}})
    expect_owner(owner, packet_.fragment(offset, more));
}

TEST_F(RouterIpv6FragmentTest, LaterOnesHaveTheBucketOfTheirFlow) {
  std::set<uint32_t> owners;
  for (uint16_t n = 0; n < kFlows; n++) {
    const Endpoint client{kClient6.address, static_cast<uint16_t>(40000 + n)};
    for (const Packet& packet : {Packet::tcp(client, kService6), Packet::udp(client, kService6)}) {
      const uint32_t owner = owner_of(packet);
      // The high and the low half of an identification count.
      const Packet piece = packet.payload("a piece of it").id(n % 2 ? n : n << 16);
      expect_owner(owner, piece.fragment(0, true));
      expect_owner(owner, piece.fragment(40, false));
      owners.insert(owner);
    }
  }
  EXPECT_EQ(owners.size(), kBuckets);
}

TEST_F(RouterIpv6FragmentTest, WithoutTheFirstTheyAreDropped) {
  expect_dropped(packet_.fragment(8, true));
  expect_dropped(packet_.fragment(8, false));
  expect_dropped(Packet::udp(kClient6, kService6).fragment(2048, true));
  for (const uint8_t type : kExtensions) expect_dropped(packet_.fragment(8, false).extension(type));
}

TEST_F(RouterIpv6FragmentTest, TheFirstOfAnotherPacketDoesNotDo) {
  const uint32_t owner = owner_of(packet_.fragment(0, true));
  const Packet later = packet_.fragment(40, false);
  for (const uint32_t id : {0x4321u, 0x11234u, 0x1234u << 16}) expect_dropped(later.id(id));
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = kClient6.address;
    other.words[word] ^= 1;
    expect_dropped(Packet::tcp({other, kClient6.port}, kService6).fragment(40, false));
  }
  expect_owner(owner, later);
}

TEST_F(RouterIpv6FragmentTest, AnAtomicOneIsAWholePacket) {
  const uint32_t owner = owner_of(packet_);
  expect_owner(owner, packet_.fragment(0, false));
  expect_dropped(packet_.fragment(40, false));
}

// Extension headers in front of it are in each piece, those behind it in the first.
TEST_F(RouterIpv6FragmentTest, TheFirstTellsWhatIsBehindExtensionHeaders) {
  uint32_t id = 1;
  for (const Packet& packet :
       {packet_, Packet::udp(kClient6, kService6).payload("a piece of a datagram")}) {
    const uint32_t owner = owner_of(packet);
    const auto piece = [&](uint16_t offset, bool more) {
      return packet.id(id)
          .extension(IPPROTO_HOPOPTS)
          .fragment(offset, more)
          .extension(IPPROTO_DSTOPTS, 2)
          .extension(IPPROTO_AH, 1);
    };
    expect_owner(owner, piece(0, true));
    expect_owner(owner, piece(40, true));
    expect_owner(owner, piece(48, false));
    id++;
  }
}

TEST_F(RouterIpv6FragmentTest, TheServiceIsThatOfTheProtocolThatTheFirstTells) {
  constexpr Endpoint kOther{kServiceAddress6 + 1, 8443};
  constexpr rch_pool_index kUdpPool = kPool + 1;
  constexpr uint16_t kUdpOwner = 50;
  add_backend(kUdpOwner);
  router().set_bucket(1, {kUdpOwner});
  router().set_pool(kUdpPool, 1, 0);
  router().add_service(kOther, IPPROTO_UDP, kUdpPool);
  const auto pieces_of = [](const Packet& packet) {
    return std::vector{packet.fragment(0, true).extension(IPPROTO_DSTOPTS),
                       packet.fragment(40, false).extension(IPPROTO_DSTOPTS)};
  };
  for (const Packet& piece : pieces_of(Packet::udp(kClient6, kOther).payload("x")))
    expect_owner(kUdpOwner, piece);
  // To no service, though to an address that has some: the first of them is noted, too.
  const auto others = pieces_of(Packet::tcp(kClient6, kOther).id(7).payload("x"));
  expect_dropped(others[1]);
  for (const Packet& piece : others) EXPECT_EQ(passed(piece, "pass_no_service"), send(piece));
}

TEST_F(RouterIpv6FragmentTest, WhatIsBehindTheHeaderOfALaterOneIsNotRead) {
  const uint32_t owner = owner_of(packet_.fragment(0, true));
  const Packet later = packet_.fragment(40, false);
  expect_owner(owner, later.cut_to(kIpEnd + kFragmentHeaderBytes));
  const Packet cut = later.cut_to(kIpEnd + kFragmentHeaderBytes - 1);
  EXPECT_EQ(dropped(cut, "drop_malformed"), send(cut));
}

TEST_F(RouterIpv6FragmentTest, TheSixthHeaderMayBeThatOfALaterOne) {
  Packet packet = packet_;
  for (size_t i = 1; i < RCH_EXTENSION_HEADERS_MAX; i++) packet = packet.extension(IPPROTO_DSTOPTS);
  expect_owner(owner_of(packet_), packet.fragment(0, true));
  const Packet later = packet.fragment(40, false).extension(IPPROTO_DSTOPTS);
  expect_owner(owner_of(packet_), later);
  const Packet first = packet.fragment(0, true).extension(IPPROTO_DSTOPTS);
  EXPECT_EQ(dropped(first, "drop_extensions"), send(first));
}

TEST_F(RouterIpv6FragmentTest, WhatHasNoPortsNeedsNoFirst) {
  const Packet icmp = Packet::icmp(kClient6.address, kServiceAddress6);
  const uint32_t owner = owner_of(icmp);
  expect_owner(owner, icmp.fragment(1480, false));
  expect_owner(owner, icmp.fragment(0, true));
}

TEST_F(RouterIpv6FragmentTest, AFirstOneWithoutAWholeTcpHeaderIsMalformed) {
  const Packet fragment = packet_.fragment(0, true).cut_to(kIpEnd + kFragmentHeaderBytes + 19);
  EXPECT_EQ(dropped(fragment, "drop_malformed"), send(fragment));
}

TEST_F(RouterIpv6FragmentTest, ThoseToNoServiceAreLeftToTheKernel) {
  const Packet elsewhere = Packet::udp(kClient6, {kServiceAddress6 + 1, 80});
  for (const Packet& fragment : {elsewhere.fragment(0, true), elsewhere.fragment(40, false)})
    EXPECT_EQ(passed(fragment, "pass_no_service"), send(fragment));
}

}  // namespace
}  // namespace ricochet::test

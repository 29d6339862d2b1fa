// SPDX-License-Identifier: Apache-2.0
// ICMPv6: errors go where the packets of the flow go that they are about, and neighbour discovery
// is the kernel's.
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "icmp_frames.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kBuckets = 16;
constexpr uint16_t kFlows = 100;
constexpr size_t kIcmpAt = ETH_HLEN + 40;
constexpr uint8_t kEchoRequest = 128;
constexpr uint8_t kFirstOfDiscovery = 133, kLastOfDiscovery = 137;

class RouterIpv6IcmpTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load_spread(kBuckets);
  }

  void expect_owner(uint32_t owner, const Packet& packet) {
    EXPECT_EQ(forwarded(packet, owner), send(packet));
  }
  // As an error with a quote that says nothing.
  void expect_own_flow(const Packet& error) {
    expect_owner(owner_of(Packet::icmp(kReporter6, kServiceAddress6)), error);
  }

  const Packet sent_ = Packet::tcp(kService6, kClient6).payload("what a server says");
};

TEST_F(RouterIpv6IcmpTest, EachErrorFollowsItsFlow) {
  std::set<uint32_t> owners;
  for (uint16_t n = 0; n < kFlows; n++) {
    const Endpoint client{kClient6.address + n % 7, static_cast<uint16_t>(40000 + n)};
    const uint32_t tcp = owner_of(Packet::tcp(client, kService6));
    const uint32_t udp = owner_of(Packet::udp(client, kService6));
    owners.insert(tcp);
    for (const uint8_t type : kIcmpv6Errors) {
      expect_owner(tcp, error_about6(Packet::tcp(kService6, client), type));
      expect_owner(udp, error_about6(Packet::udp(kService6, client).payload("x"), type));
    }
  }
  EXPECT_EQ(owners.size(), kBuckets);
}

TEST_F(RouterIpv6IcmpTest, AboutRepliesToAPingFollowThePing) {
  const Packet ping = Packet::icmp(kClient6.address, kServiceAddress6);
  expect_owner(owner_of(ping), error_about6(Packet::icmp(kServiceAddress6, kClient6.address)));
}

TEST_F(RouterIpv6IcmpTest, ExtensionHeadersAreSkippedOnBothSides) {
  const uint32_t owner = owner_of(Packet::tcp(kClient6, kService6));
  const Packet error = error_about6(sent_.extension(IPPROTO_HOPOPTS, 2).extension(IPPROTO_AH, 1));
  for (const Packet& packet :
       {error, error.extension(IPPROTO_DSTOPTS, 1), error.vlan(ETH_P_8021Q, 100),
        error.fragment(0, false), error_about6(sent_.fragment(0, true)),
        error_about6(sent_.fragment(0, false))})
    expect_owner(owner, packet);
}

// From 1 to 127 they are errors, known or not.
TEST_F(RouterIpv6IcmpTest, TypesOfErrorsAreTheLowerHalf) {
  const uint32_t owner = owner_of(Packet::tcp(kClient6, kService6));
  ASSERT_NE(owner, owner_of(Packet::icmp(kReporter6, kServiceAddress6)))
      << "the two have to differ for what follows";
  for (unsigned type = 0; type < 256; type++) {
    if (type >= kFirstOfDiscovery && type <= kLastOfDiscovery) continue;
    const Packet packet = error_about6(sent_, static_cast<uint8_t>(type));
    if (type >= 1 && type <= 127) {
      expect_owner(owner, packet);
    } else {
      expect_own_flow(packet);
    }
  }
}

TEST_F(RouterIpv6IcmpTest, AQuoteThatCannotBeReadIsNotGuessed) {
  const Packet error = error_about6(sent_);
  const uint32_t own = owner_of(Packet::icmp(kReporter6, kServiceAddress6));
  for (size_t bytes = kIcmpAt; bytes < kIcmpAt + 8 + 40 + 8; bytes++) {
    const Outcome outcome = send(error.cut_to(bytes));
    ASSERT_EQ(1u, outcome.traffic.size()) << bytes;
    EXPECT_EQ(own, outcome.traffic.begin()->first) << bytes;
  }
  expect_owner(owner_of(Packet::tcp(kClient6, kService6)), error.cut_to(kIcmpAt + 8 + 40 + 8));
  expect_own_flow(error_about6(sent_.claim_ip_version(4)));
  expect_own_flow(error_about6(sent_.fragment(48, false)));
  Packet too_many = sent_;
  for (int i = 0; i <= RCH_EXTENSION_HEADERS_MAX; i++) too_many = too_many.extension(IPPROTO_AH);
  expect_own_flow(error_about6(too_many));
}

TEST_F(RouterIpv6IcmpTest, AboutAPacketOfSomebodyElseKeepsItsOwnFlow) {
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = kServiceAddress6;
    other.words[word] ^= 1;
    const Bytes foreign = Packet::tcp({other, 80}, kClient6).ip_bytes();
    expect_own_flow(Packet::icmp_error(kReporter6, kServiceAddress6, kIcmpv6Errors[0], foreign));
  }
}

TEST_F(RouterIpv6IcmpTest, ALaterFragmentOfAnErrorQuotesNothing) {
  Bytes message = error_about6(sent_).ip_bytes();
  message.erase(message.begin(), message.begin() + 40);
  const Packet later = Packet::icmp_error(kReporter6, kServiceAddress6, kIcmpv6Errors[0], message);
  expect_own_flow(later.fragment(8, false));
  expect_own_flow(later.fragment(8, true));
}

TEST_F(RouterIpv6IcmpTest, NeighbourDiscoveryIsTheKernels) {
  for (unsigned type = 0; type < 256; type++) {
    const Packet packet = Packet::icmp_error(kClient6.address, kServiceAddress6,
                                             static_cast<uint8_t>(type), Bytes(16));
    if (type >= kFirstOfDiscovery && type <= kLastOfDiscovery) {
      for (const Packet& it : {packet, packet.extension(IPPROTO_HOPOPTS), packet.ttl(1),
                               packet.fragment(0, true), packet.tos(0x0c)})
        EXPECT_EQ(passed(it, "pass_neighbour"), send(it)) << type;
    } else {
      expect_owner(owner_of(packet), packet);
    }
  }
  // From the middle of a packet it only looks so.
  const Packet later = Packet::icmp_error(kClient6.address, kServiceAddress6, kEchoRequest,
                                          Bytes(8, kFirstOfDiscovery + 2));
  expect_owner(owner_of(Packet::icmp(kClient6.address, kServiceAddress6)),
               later.fragment(8, false));
}

// To no service as well: a router asks who is there before it knows any.
TEST_F(RouterIpv6IcmpTest, NeighbourDiscoveryComesBeforeTheServices) {
  const Packet solicitation =
      Packet::icmp_error(kClient6.address, ipv6(0x77, 1), kFirstOfDiscovery + 2, Bytes(16));
  EXPECT_EQ(passed(solicitation, "pass_neighbour"), send(solicitation));
  const Packet ipv4_router = Packet::icmp_error(kClient.address, kServiceAddress, 135, Bytes(16));
  expect_owner(owner_of(ipv4_router), ipv4_router);
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// IPv6 packets find their service, and are rewritten and marked as those of IPv4 are.
#include <linux/bpf.h>
#include <netinet/in.h>

#include "router_scene.h"
#include "tap_records.h"
#include "vlan_frames.h"
#include "xdp_run.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;
constexpr uint16_t kOlderOwner = 300;
constexpr uint8_t kTosOfMark[] = {0x00, 0x0c, 0x1c, 0x2c, 0x3c};
constexpr IpAddress kElsewhere = ipv6(0x77, 1);
constexpr size_t kIpEnd = ETH_HLEN + 40;

class RouterIpv6Test : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    add_backend(kOlderOwner);
    router().set_bucket(kBucket, {kOwner, kOlderOwner});
  }

  // A pool of one backend of its own, by the same number.
  void add_pool(uint16_t number) {
    add_backend(number);
    router().set_bucket(number, {number});
    router().set_pool(number, number, 0);
  }
  void expect_pool(const Packet& packet, uint32_t number) {
    EXPECT_EQ(forwarded(packet, number), send(packet));
  }
  void expect_no_service(const Packet& packet) {
    EXPECT_EQ(passed(packet, "pass_no_service"), send(packet));
  }
  void expect_malformed(const Packet& packet) {
    EXPECT_EQ(dropped(packet, "drop_malformed"), send(packet));
  }

  const Packet packet_ = Packet::tcp(kClient6, kService6);
};

TEST_F(RouterIpv6Test, EveryKindOfPacketIsSentOn) {
  for (const Packet& packet :
       {packet_, packet_.flags(kSyn), packet_.payload("GET /"), Packet::udp(kClient6, kService6),
        Packet::icmp(kClient6.address, kServiceAddress6), packet_.flow_label(0xabcde),
        Packet::other(IPPROTO_GRE, kClient6.address, kServiceAddress6),
        packet_.payload(std::string(8900, 'j'))})
    expect_pool(packet, kOwner);
}

TEST_F(RouterIpv6Test, PaddingIsNobodysTraffic) {
  const Packet packet = Packet::other(IPPROTO_GRE, kClient6.address, kServiceAddress6);
  EXPECT_EQ(54u, packet.wire_bytes());
  expect_pool(packet.padded_to(60), kOwner);
}

TEST_F(RouterIpv6Test, TagsStayAsTheyAre) {
  for (const Packet& packet : tagged(packet_)) expect_pool(packet, kOwner);
  const Packet three = packet_.vlan(ETH_P_8021Q, 1).vlan(ETH_P_8021Q, 2).vlan(ETH_P_8021Q, 3);
  EXPECT_EQ(passed(three, "pass_not_ip"), send(three));
}

TEST_F(RouterIpv6Test, TheHopLimitIsTheTtl) {
  for (unsigned limit = 0; limit < 256; limit++) {
    const Packet packet = packet_.ttl(static_cast<uint8_t>(limit));
    EXPECT_EQ(limit < 2 ? dropped(packet, "drop_ttl_expired") : forwarded(packet, kOwner),
              send(packet))
        << limit;
  }
}

// The mark has bits of two octets, whose others stay as they are.
TEST_F(RouterIpv6Test, TheMarkIsInTheTrafficClass) {
  const Packet from_backend =
      packet_.macs(backend_mac(kOwner), kRouterMac).flow_label(0xf0f0f).tos(kTosOfMark[1] | 2);
  EXPECT_EQ(forwarded(from_backend, kOlderOwner, {"bounced"}), send(from_backend));
  for (unsigned tos = 0; tos < 256; tos++) {
    const Packet packet = packet_.tos(static_cast<uint8_t>(tos)).flow_label(0x12345);
    const unsigned dscp = tos >> 2;
    const bool is_mark = dscp % 4 == 3 && dscp < 24;
    const Packet expected = is_mark ? packet.tos(static_cast<uint8_t>(tos & 3)) : packet;
    std::vector<std::string> events;
    if (is_mark) events.emplace_back("mark_cleared");
    EXPECT_EQ(forwarded(expected, kOwner, events), send(packet)) << tos;
  }
}

TEST_F(RouterIpv6Test, PastTheLastOwnerItIsFinal) {
  const Packet packet = packet_.macs(backend_mac(kOwner), kRouterMac).tos(kTosOfMark[2]);
  EXPECT_EQ(forwarded(packet.tos(kTosOfMark[4]), kOwner, {"final"}), send(packet));
}

TEST_F(RouterIpv6Test, AFlowThatWasBouncedIsPinned) {
  load({.pin_sets = 4});
  add_backend(kOwner);
  add_backend(kOlderOwner);
  router().set_bucket(kBucket, {kOwner, kOlderOwner});
  const Packet bounced = packet_.macs(backend_mac(kOwner), kRouterMac).tos(kTosOfMark[1]);
  EXPECT_EQ(forwarded(bounced, kOlderOwner, {"bounced"}), send(bounced));
  EXPECT_TRUE(router().is_pinned(kBucket));
  constexpr uint8_t kPinned = 0x4c;
  EXPECT_EQ(forwarded(packet_.tos(kPinned), kOlderOwner, {"pinned"}), send(packet_));
  const Packet other = Packet::tcp({kClient6.address + 1, kClient6.port}, kService6);
  EXPECT_EQ(forwarded(other, kOwner, {"pin_miss"}), send(other));
}

TEST_F(RouterIpv6Test, TheMostSpecificServiceIsTaken) {
  for (uint16_t number = 10; number <= 15; number++) add_pool(number);
  const IpAddress host({0x20010db8, 0x00550001, 0x80000000, 7});
  router().add_prefix(IpAddress({0, 0, 0, 0}), 0, 10);
  router().add_prefix(IpAddress({0x20010db8, 0x00550000, 0, 0}), 48, 11);
  router().add_prefix(IpAddress({0x20010db8, 0x00550001, 0x80000000, 0}), 65, 12);
  const Packet packet = Packet::tcp(kClient6, {host, 80});
  expect_pool(Packet::tcp(kClient6, {kElsewhere, 80}), 10);
  expect_pool(Packet::tcp(kClient6, {IpAddress({0x20010db8, 0x00550001, 0x7fffffff, 7}), 80}), 11);
  expect_pool(packet, 12);
  router().add_prefix(host, 128, 13);
  expect_pool(packet, 13);
  router().add_service({host, 0}, 0, 14);
  expect_pool(packet, 14);
  router().add_service({host, 80}, IPPROTO_TCP, 15);
  expect_pool(packet, 15);
  expect_pool(Packet::tcp(kClient6, {host, 81}), 14);
  expect_pool(Packet::udp(kClient6, {host, 80}), 14);
  expect_pool(Packet::icmp(kClient6.address, host), 14);
  // A default route of IPv6 is none of IPv4.
  expect_no_service(Packet::tcp(kClient, {ipv4(192, 0, 2, 1), 80}));
}

TEST_F(RouterIpv6Test, EveryWordOfAnAddressCounts) {
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = kServiceAddress6;
    other.words[word] ^= 0x00010000;
    expect_no_service(Packet::tcp(kClient6, {other, 80}));
  }
}

TEST_F(RouterIpv6Test, OtherAddressesAreLeftToTheKernel) {
  load({.answer_echo = false});
  router().add_service({kElsewhere, 80}, IPPROTO_UDP, kPool);
  expect_no_service(Packet::tcp(kClient6, {kElsewhere, 80}));
  expect_no_service(Packet::icmp(kClient6.address, kElsewhere));
  expect_no_service(Packet::tcp(kService6, kClient6));
  // The key that says so is found by no packet.
  for (unsigned protocol = 0; protocol < 256; protocol++) {
    if (protocol == IPPROTO_UDP || protocol == IPPROTO_TCP) continue;
    // What looks like any extension header, and is one.
    const Packet packet =
        Packet::other(static_cast<uint8_t>(protocol), kClient6.address, kElsewhere)
            .payload(std::string("\x3b\0\0\0\0\0\0\0", 8));
    expect_no_service(packet);
  }
}

TEST_F(RouterIpv6Test, AConnectedBackendIsANeighbour) {
  constexpr uint16_t kConnected = 5;
  add_backend(kConnected, RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED);
  router().set_bucket(kBucket, {kConnected});
  EXPECT_EQ(dropped(packet_, "drop_no_neighbour"), send(packet_));
  router().add_neighbour(kServiceAddress6 + 1, nexthop_at(servers_ifindex(), backend_mac(54)));
  EXPECT_EQ(dropped(packet_, "drop_no_neighbour"), send(packet_));
  router().add_neighbour(kServiceAddress6, nexthop_at(servers_ifindex(), backend_mac(55)));
  Outcome expected = forwarded(packet_, 55);
  expected.traffic = {{kConnected, {1, packet_.wire_bytes()}}};
  EXPECT_EQ(expected, send(packet_));
}

TEST_F(RouterIpv6Test, AHeaderThatIsCutIsMalformed) {
  for (size_t bytes = ETH_HLEN; bytes < kIpEnd + 20; bytes++)
    expect_malformed(packet_.cut_to(bytes));
  expect_pool(packet_.cut_to(kIpEnd + 20), kOwner);
  const Packet udp = Packet::udp(kClient6, kService6);
  for (size_t bytes = ETH_HLEN; bytes < kIpEnd + 8; bytes++) expect_malformed(udp.cut_to(bytes));
  expect_pool(udp.cut_to(kIpEnd + 8), kOwner);
}

TEST_F(RouterIpv6Test, AHeaderThatContradictsItselfIsMalformed) {
  for (uint8_t version = 0; version < 16; version++)
    if (version != 6) expect_malformed(packet_.claim_ip_version(version));
  for (uint8_t words = 0; words < 5; words++) expect_malformed(packet_.claim_tcp_words(words));
  expect_malformed(packet_.ether_type(ETH_P_IP));
  expect_malformed(Packet::tcp(kClient, kService).ether_type(ETH_P_IPV6));
}

// They would be those of IPv4 packets to all that the router looks up.
TEST_F(RouterIpv6Test, AMappedAddressIsMalformed) {
  router().add_prefix(IpAddress({0, 0, 0, 0}), 0, kPool);
  const size_t source_at = ETH_HLEN + 8, destination_at = ETH_HLEN + 24;
  const auto with_address = [&](size_t at, const std::array<uint32_t, 4>& words) {
    Bytes frame = packet_.bytes();
    for (size_t i = 0; i < 16; i++)
      frame[at + i] = static_cast<uint8_t>(words[i / 4] >> (24 - i % 4 * 8));
    return run_xdp(router().program_fd(), frame, client_ifindex()).action;
  };
  for (const size_t at : {source_at, destination_at}) {
    EXPECT_EQ(uint32_t{XDP_DROP}, with_address(at, {0, 0, 0xffff, 0x0a000a00}));
    EXPECT_EQ(uint32_t{XDP_DROP}, with_address(at, {0, 0, 0xffff, 0}));
    for (const auto& words : {std::array<uint32_t, 4>{0, 0, 0xfffe, 0x0a000a00},
                              {0, 0, 0x1ffff, 0x0a000a00},
                              {1, 0, 0xffff, 0x0a000a00},
                              {0, 1, 0xffff, 0x0a000a00},
                              {0, 0, 0, 0x0a000a00}})
      EXPECT_EQ(uint32_t{XDP_REDIRECT}, with_address(at, words));
  }
}

TEST_F(RouterIpv6Test, TheTapShowsWhatItsFilterSays) {
  rch_tap_filter filter{.enabled = 1, .a = {}, .b = {}};
  const auto is_shown = [&](const Packet& packet) {
    router().tap().set_filter(filter);
    send(packet);
    return !what_is_shown(router().tap()).empty();
  };
  EXPECT_TRUE(is_shown(packet_));
  filter.a.address = kServiceAddress6.encode();
  EXPECT_TRUE(is_shown(packet_));
  EXPECT_TRUE(is_shown(Packet::tcp(kService6, kClient6)));
  EXPECT_FALSE(is_shown(Packet::tcp(kClient6, {kServiceAddress6 + 1, 80})));
  EXPECT_FALSE(is_shown(Packet::tcp(kClient, kService)));
  for (size_t word = 0; word < 4; word++) {
    IpAddress other = kServiceAddress6;
    other.words[word] ^= 0x80000000;
    EXPECT_FALSE(is_shown(Packet::tcp(kClient6, {other, 80}))) << word;
  }
  filter.b = {.address = kClient6.address.encode(), .port = htons(kClient6.port), .reserved = 0};
  EXPECT_TRUE(is_shown(packet_));
  EXPECT_FALSE(is_shown(Packet::tcp({kClient6.address, 1}, kService6)));
}

}  // namespace
}  // namespace ricochet::test

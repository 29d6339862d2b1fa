// SPDX-License-Identifier: Apache-2.0
// Extension headers of IPv6: the transport is found behind them, up to as many as are read.
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kBuckets = 16;
constexpr uint8_t kMobility = IPPROTO_MH;
constexpr std::array<uint8_t, 4> kCounted = {IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
                                             kMobility};
constexpr std::array<uint8_t, 6> kUnits = {0, 1, 2, 5, 31, 255};
constexpr size_t kIpEnd = ETH_HLEN + 40;
constexpr size_t kTcpBytes = 20;

// That the ports were found shows in who gets the packet.
class RouterIpv6ExtensionTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load_spread(kBuckets);
  }

  // As the packet without these headers.
  void expect_found(const Packet& packet) {
    const Outcome plain = send(packet_);
    ASSERT_EQ(1u, plain.traffic.size());
    EXPECT_EQ(forwarded(packet, plain.traffic.begin()->first), send(packet));
  }
  void expect_dropped(const Packet& packet, const std::string& verdict) {
    EXPECT_EQ(dropped(packet, verdict), send(packet));
  }

  const Packet packet_ = Packet::tcp(kClient6, kService6);
};

TEST_F(RouterIpv6ExtensionTest, EachIsSkippedByItsLength) {
  for (const uint8_t type : kCounted)
    for (const uint8_t units : kUnits) expect_found(packet_.extension(type, units));
  for (const uint8_t units : kUnits) expect_found(packet_.extension(IPPROTO_AH, units));
}

TEST_F(RouterIpv6ExtensionTest, EachFlowHasItsBucketBehindThem) {
  for (uint16_t n = 0; n < 100; n++) {
    const Packet packet = Packet::udp({kClient6.address, static_cast<uint16_t>(n * 7)}, kService6);
    const Outcome plain = send(packet);
    const Packet extended =
        packet.extension(IPPROTO_HOPOPTS, 1).extension(IPPROTO_AH, 4).extension(IPPROTO_DSTOPTS);
    ASSERT_EQ(forwarded(extended, plain.traffic.begin()->first), send(extended)) << n;
  }
}

TEST_F(RouterIpv6ExtensionTest, SixAreReadAndSevenAreTooMany) {
  constexpr std::array<uint8_t, 7> kAll = {IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING,
                                           IPPROTO_AH,      kMobility,       IPPROTO_FRAGMENT,
                                           IPPROTO_DSTOPTS};
  Packet packet = packet_;
  for (size_t i = 0; i < RCH_EXTENSION_HEADERS_MAX; i++) {
    packet = packet.extension(kAll[i], 1);
    expect_found(packet);
  }
  expect_dropped(packet.extension(kAll[6], 1), "drop_extensions");
  for (const uint8_t type : kCounted) expect_dropped(packet.extension(type), "drop_extensions");
  // Whoever it is to, and though it is not there.
  expect_dropped(Packet::other(IPPROTO_DSTOPTS, kClient6.address, kServiceAddress6 + 1)
                     .extension(IPPROTO_DSTOPTS)
                     .extension(IPPROTO_DSTOPTS)
                     .extension(IPPROTO_DSTOPTS)
                     .extension(IPPROTO_DSTOPTS)
                     .extension(IPPROTO_DSTOPTS)
                     .extension(IPPROTO_DSTOPTS),
                 "drop_extensions");
}

TEST_F(RouterIpv6ExtensionTest, OneThatIsCutIsMalformed) {
  const Packet packet = packet_.extension(IPPROTO_DSTOPTS, 1).extension(IPPROTO_AH, 3);
  const size_t end = kIpEnd + 16 + 20 + kTcpBytes;
  ASSERT_EQ(end, packet.bytes().size());
  for (size_t bytes = kIpEnd; bytes < end; bytes++)
    expect_dropped(packet.cut_to(bytes), "drop_malformed");
  expect_found(packet.cut_to(end));
}

TEST_F(RouterIpv6ExtensionTest, AnythingButATransportMayEndThePacket) {
  const Packet packet = Packet::other(IPPROTO_NONE, kClient6.address, kServiceAddress6);
  const Outcome plain = send(packet);
  const uint32_t owner = plain.traffic.begin()->first;
  const Packet extended = packet.extension(IPPROTO_DSTOPTS, 2);
  EXPECT_EQ(forwarded(extended, owner), send(extended));
  for (size_t bytes = kIpEnd; bytes < kIpEnd + 24; bytes++)
    expect_dropped(extended.cut_to(bytes), "drop_malformed");
  const Packet authenticated = packet.extension(IPPROTO_AH, 2);
  EXPECT_EQ(forwarded(authenticated, owner), send(authenticated));
  for (size_t bytes = kIpEnd; bytes < kIpEnd + 16; bytes++)
    expect_dropped(authenticated.cut_to(bytes), "drop_malformed");
}

TEST_F(RouterIpv6ExtensionTest, TagsAreSkippedAsWell) {
  expect_found(packet_.vlan(ETH_P_8021AD, 7)
                   .vlan(ETH_P_8021Q, 100)
                   .extension(IPPROTO_HOPOPTS, 3)
                   .extension(IPPROTO_ROUTING, 2));
}

// What is no extension header is what the packet carries, known or not.
TEST_F(RouterIpv6ExtensionTest, OtherProtocolsAreNotSkipped) {
  for (unsigned protocol = 0; protocol < 256; protocol++) {
    const auto type = static_cast<uint8_t>(protocol);
    const bool is_extension = type == IPPROTO_AH || type == IPPROTO_FRAGMENT ||
                              std::ranges::find(kCounted, type) != kCounted.end();
    if (is_extension || type == IPPROTO_TCP || type == IPPROTO_UDP) continue;
    const Packet packet = Packet::other(type, kClient6.address, kServiceAddress6).payload("a");
    const Outcome outcome = send(packet);
    ASSERT_EQ(1u, outcome.traffic.size()) << protocol;
    EXPECT_EQ(forwarded(packet, outcome.traffic.begin()->first), outcome) << protocol;
  }
}

}  // namespace
}  // namespace ricochet::test

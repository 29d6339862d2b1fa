// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_summary.h"

#include <gtest/gtest.h>

#include "test_frame.h"

namespace ricochet {
namespace {

using testing::TestFrame;

TEST(PacketSummary, OfTcp) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 25, .tos = 0x0c}).tcp(0x18, 1000, 2000).text("hello");
  const auto summary = summarise(frame.bytes());
  ASSERT_TRUE(summary && summary->ip && summary->ports && summary->tcp);
  EXPECT_EQ(summary->source_mac.to_string(), "02:00:00:00:00:01");
  EXPECT_EQ(summary->destination_mac.to_string(), "02:00:00:00:00:02");
  EXPECT_EQ(summary->ethertype, 0x0800);
  EXPECT_EQ(summary->ip->source.to_string(), "10.0.99.1");
  EXPECT_EQ(summary->ip->destination.to_string(), "10.0.10.0");
  EXPECT_EQ(summary->ip->protocol, 6);
  EXPECT_EQ(summary->ip->tos, 0x0c);
  EXPECT_EQ(summary->ip->ttl, 64);
  EXPECT_EQ(summary->ip->payload_bytes, 25);
  EXPECT_EQ(summary->ports->source, 40000);
  EXPECT_EQ(summary->ports->destination, 80);
  EXPECT_EQ(summary->tcp->sequence, 1000u);
  EXPECT_EQ(summary->tcp->acknowledgement, 2000u);
  EXPECT_EQ(summary->tcp->flags, 0x18);
  EXPECT_EQ(summary->tcp->payload_bytes, 5);
}

TEST(PacketSummary, DoesNotCountEthernetPadding) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 20}).tcp(0x10, 1, 2).text("padded");
  EXPECT_EQ(summarise(frame.bytes())->tcp->payload_bytes, 0);
}

TEST(PacketSummary, CountsPayloadThatWasNotCaptured) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 1400}).tcp(0x10, 1, 2);
  EXPECT_EQ(summarise(frame.bytes())->tcp->payload_bytes, 1380);
}

TEST(PacketSummary, SkipsIpAndTcpOptions) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 27, .header_words = 6}).tcp(0x10, 1, 2, 6).u32(0);
  frame.text("abc");
  const auto summary = summarise(frame.bytes());
  ASSERT_TRUE(summary->tcp);
  EXPECT_EQ(summary->ports->destination, 80);
  EXPECT_EQ(summary->tcp->payload_bytes, 3);
}

TEST(PacketSummary, OfUdpHasPortsAlone) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 8, .protocol = 17}).u16(53).u16(5353).u16(8).u16(0);
  const auto summary = summarise(frame.bytes());
  ASSERT_TRUE(summary->ports);
  EXPECT_EQ(summary->ports->source, 53);
  EXPECT_EQ(summary->ports->destination, 5353);
  EXPECT_FALSE(summary->tcp);
}

TEST(PacketSummary, OfAFragmentHasNoPorts) {
  for (const uint32_t fragment : {0x2000u, 0x0001u}) {
    TestFrame frame;
    frame.ethernet().ipv4({.payload_bytes = 20, .fragment = fragment}).tcp(0x10, 1, 2);
    const auto summary = summarise(frame.bytes());
    ASSERT_TRUE(summary->ip);
    EXPECT_TRUE(summary->ip->fragment);
    EXPECT_FALSE(summary->ports);
  }
  TestFrame whole;
  whole.ethernet().ipv4({.payload_bytes = 20, .fragment = 0x4000}).tcp(0x10, 1, 2);
  EXPECT_TRUE(summarise(whole.bytes())->tcp) << "do not fragment is no fragment";
}

TEST(PacketSummary, StopsAtTheFirstLayerThatIsCutShort) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 20, .header_words = 6}).tcp(0x02, 1, 0);
  // What follows the cut is the rest of the packet, so that a step over the end finds it.
  const std::span<const uint8_t> whole = frame.bytes();
  for (size_t length = 0; length <= whole.size(); ++length) {
    const auto summary = summarise(whole.first(length));
    EXPECT_EQ(summary.has_value(), length >= 14) << length;
    EXPECT_EQ(summary && summary->ip, length >= 34) << length;
    EXPECT_EQ(summary && summary->tcp, length >= 58) << length;
    EXPECT_EQ(summary && summary->ports, length >= 58) << length;
  }
}

TEST(PacketSummary, RefusesHeadersThatContradictThemselves) {
  TestFrame short_ip_header;
  short_ip_header.ethernet().ipv4({.payload_bytes = 20, .header_words = 4}).tcp(0x02, 1, 0);
  EXPECT_FALSE(summarise(short_ip_header.bytes())->ip);

  TestFrame ip_longer_than_itself;
  ip_longer_than_itself.ethernet().u8(0x4f).u8(0).u16(59).u32(0).u32(0x40060000).u32(1).u32(2);
  EXPECT_FALSE(summarise(ip_longer_than_itself.bytes())->ip);

  TestFrame version_6;
  version_6.ethernet().u8(0x65).u8(0).u16(40).u32(0).u32(0x40060000).u32(1).u32(2);
  EXPECT_FALSE(summarise(version_6.bytes())->ip);

  TestFrame short_tcp_header;
  short_tcp_header.ethernet().ipv4({.payload_bytes = 20}).tcp(0x02, 1, 0, 4);
  EXPECT_FALSE(summarise(short_tcp_header.bytes())->ports);

  TestFrame tcp_longer_than_ip;
  tcp_longer_than_ip.ethernet().ipv4({.payload_bytes = 20}).tcp(0x02, 1, 0, 6);
  EXPECT_FALSE(summarise(tcp_longer_than_ip.bytes())->tcp);

  TestFrame udp_longer_than_ip;
  udp_longer_than_ip.ethernet().ipv4({.payload_bytes = 7, .protocol = 17}).u32(0).u32(0);
  EXPECT_FALSE(summarise(udp_longer_than_ip.bytes())->ports);
}

}  // namespace
}  // namespace ricochet

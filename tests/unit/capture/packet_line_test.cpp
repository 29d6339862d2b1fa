// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "test_frame.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using testing::TestFrame;

constexpr Verdict kForward{"forward", "sent"};

class PacketLineTest : public ::testing::Test {
 protected:
  PacketLineTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  ~PacketLineTest() override {
    unsetenv("TZ");
    tzset();
  }

  // The line without time and interface.
  static std::string shown(const TestFrame& frame) {
    const CapturedPacket packet{.packet_bytes = 60, .verdict = kForward, .bytes = frame.bytes()};
    const std::string line = format_packet_line(packet, "veth1");
    const std::string head = "00:00:00.000000000 veth1 in  ";
    const std::string tail = " | forward";
    EXPECT_EQ(line.substr(0, head.size()), head);
    EXPECT_EQ(line.substr(line.size() - tail.size()), tail);
    return line.substr(head.size(), line.size() - head.size() - tail.size());
  }
};

TEST(TcpFlags, AreNamedInTheOrderOfTcpdump) {
  EXPECT_EQ(format_tcp_flags(0x00), "none");
  EXPECT_EQ(format_tcp_flags(0x02), "S");
  EXPECT_EQ(format_tcp_flags(0x12), "S.");
  EXPECT_EQ(format_tcp_flags(0x10), ".");
  EXPECT_EQ(format_tcp_flags(0x18), "P.");
  EXPECT_EQ(format_tcp_flags(0x11), "F.");
  EXPECT_EQ(format_tcp_flags(0x19), "FP.");
  EXPECT_EQ(format_tcp_flags(0x04), "R");
  EXPECT_EQ(format_tcp_flags(0x14), "R.");
  EXPECT_EQ(format_tcp_flags(0xc2), "SEW");
  EXPECT_EQ(format_tcp_flags(0xff), "FSRP.UEW");
}

TEST_F(PacketLineTest, HasTimeInterfaceDirectionAndVerdict) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 25, .tos = 0x0c}).tcp(0x18, 1, 7).text("hello");
  const CapturedPacket packet{
      .time_ns = 1'700'000'000'123'456'789,
      .ifindex = 3,
      .direction = PacketDirection::out,
      .packet_bytes = 59,
      .verdict = kForward,
      .bytes = frame.bytes(),
  };
  EXPECT_EQ(format_packet_line(packet, "veth101"),
            "22:13:20.123456789 veth101 out 10.0.99.1:40000 > 10.0.10.0:80: Flags [P.], seq 1:6, "
            "ack 7, length 5, ToS 0x0c (attempt 1) | forward");
}

TEST_F(PacketLineTest, ShowsIpv6) {
  constexpr uint32_t kIpv6 = 0x86dd;
  const auto line_of = [](const TestFrame& frame) {
    const CapturedPacket packet{.packet_bytes = 79, .verdict = kForward, .bytes = frame.bytes()};
    return format_packet_line(packet, "veth1");
  };
  TestFrame segment, fragment, neighbour, short_header;
  segment.ethernet(kIpv6).ipv6({.payload_bytes = 25, .tos = 0x0c}).tcp(0x18, 1, 7).text("hello");
  fragment.ethernet(kIpv6).ipv6({.payload_bytes = 8, .protocol = 44}).u32(0).u32(0);
  neighbour.ethernet(kIpv6).ipv6({.payload_bytes = 8, .protocol = 58}).u32(0x87000000).u32(0);
  short_header.ethernet(kIpv6).u32(6u << 28);
  EXPECT_THAT(line_of(segment),
              HasSubstr("[2001:db8::9]:40000 > [2001:db8::1]:80: Flags [P.], seq 1:6, ack 7, "
                        "length 5, ToS 0x0c (attempt 1) | forward"));
  EXPECT_THAT(line_of(fragment),
              HasSubstr("2001:db8::9 > 2001:db8::1: fragment of protocol 44, length 8"));
  EXPECT_THAT(line_of(neighbour), HasSubstr("2001:db8::9 > 2001:db8::1: ICMPv6, length 8"));
  EXPECT_THAT(line_of(short_header), HasSubstr("IPv6, malformed"));
}

TEST_F(PacketLineTest, SaysThatTheVerdictWasLost) {
  const CapturedPacket packet{.packet_bytes = 5, .verdict = std::nullopt, .bytes = {}};
  EXPECT_EQ(format_packet_line(packet, "veth1"),
            "00:00:00.000000000 veth1 in  cut short, length 5 | verdict lost");
}

TEST_F(PacketLineTest, ShowsAckOnlyWithTheFlag) {
  TestFrame syn;
  syn.ethernet().ipv4({.payload_bytes = 20}).tcp(0x02, 4'294'967'295, 9);
  EXPECT_EQ(shown(syn), "10.0.99.1:40000 > 10.0.10.0:80: Flags [S], seq 4294967295, length 0");
}

TEST_F(PacketLineTest, SequenceNumbersWrap) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 22}).tcp(0x10, 4'294'967'295, 9).text("ab");
  EXPECT_EQ(shown(frame),
            "10.0.99.1:40000 > 10.0.10.0:80: Flags [.], seq 4294967295:1, ack 9, length 2");
}

TEST_F(PacketLineTest, SpellsOutMarks) {
  const auto tos = [](uint32_t value) {
    TestFrame frame;
    frame.ethernet().ipv4({.payload_bytes = 20, .tos = value}).tcp(0x10, 1, 2);
    const std::string line = shown(frame);
    return line.substr(line.find("length 0") + 8);
  };
  EXPECT_EQ(tos(0x00), "");
  EXPECT_EQ(tos(0x01), ", ToS 0x01");
  EXPECT_EQ(tos(0xb8), ", ToS 0xb8");
  EXPECT_EQ(tos(0x0e), ", ToS 0x0e (attempt 1)");
  EXPECT_EQ(tos(0x2c), ", ToS 0x2c (attempt 3)");
  EXPECT_EQ(tos(0x3c), ", ToS 0x3c (final)");
}

TEST_F(PacketLineTest, ShowsOtherProtocols) {
  TestFrame udp;
  udp.ethernet().ipv4({.payload_bytes = 12, .protocol = 17}).u16(53).u16(54).u16(12).u16(0);
  EXPECT_EQ(shown(udp), "10.0.99.1:53 > 10.0.10.0:54: UDP, length 4");

  TestFrame icmp;
  icmp.ethernet().ipv4({.payload_bytes = 8, .protocol = 1}).u32(0x08000000).u32(0);
  EXPECT_EQ(shown(icmp), "10.0.99.1 > 10.0.10.0: ICMP, length 8");

  TestFrame fragment;
  fragment.ethernet().ipv4({.payload_bytes = 24, .protocol = 17, .fragment = 3});
  EXPECT_EQ(shown(fragment), "10.0.99.1 > 10.0.10.0: fragment of protocol 17, length 24");

  TestFrame gre;
  gre.ethernet().ipv4({.payload_bytes = 24, .protocol = 47});
  EXPECT_EQ(shown(gre), "10.0.99.1 > 10.0.10.0: protocol 47, length 24");

  TestFrame cut_tcp;
  cut_tcp.ethernet().ipv4({.payload_bytes = 20});
  EXPECT_EQ(shown(cut_tcp), "10.0.99.1 > 10.0.10.0: TCP, malformed, length 20");

  TestFrame tagged;
  tagged.ethernet(0x88a8).u16(0x6007).u16(0x8100).u16(100).u16(0x0800);
  tagged.ipv4({.payload_bytes = 8, .protocol = 1}).u32(0x08000000).u32(0);
  EXPECT_EQ(shown(tagged), "vlan 7, vlan 100, 10.0.99.1 > 10.0.10.0: ICMP, length 8");

  TestFrame tagged_arp;
  tagged_arp.ethernet(0x8100).u16(100).u16(0x0806);
  EXPECT_EQ(shown(tagged_arp), "02:00:00:00:00:01 > 02:00:00:00:00:02: vlan 100, ARP, length 60");

  TestFrame arp;
  arp.ethernet(0x0806);
  EXPECT_EQ(shown(arp), "02:00:00:00:00:01 > 02:00:00:00:00:02: ARP, length 60");

  TestFrame ipv6;
  ipv6.ethernet(0x86dd);
  EXPECT_EQ(shown(ipv6), "02:00:00:00:00:01 > 02:00:00:00:00:02: IPv6, malformed, length 60");

  TestFrame lldp;
  lldp.ethernet(0x88cc);
  EXPECT_EQ(shown(lldp), "02:00:00:00:00:01 > 02:00:00:00:00:02: ethertype 0x88cc, length 60");

  TestFrame cut_ip;
  cut_ip.ethernet().u8(0x45);
  EXPECT_EQ(shown(cut_ip), "02:00:00:00:00:01 > 02:00:00:00:00:02: IPv4, malformed, length 60");
}

// To the service address, about a packet that it sent to 192.0.2.9.
TestFrame icmp_error(uint32_t type, uint32_t protocol, uint32_t fragment = 0) {
  TestFrame frame;
  frame.ethernet().ipv4({.payload_bytes = 36, .protocol = 1}).u8(type).u8(1).u16(0).u32(0);
  frame.u16(0x4500).u16(1500).u16(7).u16(fragment).u8(64).u8(protocol).u16(0);
  return frame.u32(0x0a000a00).u32(0xc0000209);
}

TEST_F(PacketLineTest, SaysWhatAnIcmpErrorIsAbout) {
  EXPECT_EQ(shown(icmp_error(3, 6).u16(80).u16(40000).u32(1)),
            "10.0.99.1 > 10.0.10.0: ICMP error about 10.0.10.0:80 > 192.0.2.9:40000, length 36");
  const std::string without_ports =
      "10.0.99.1 > 10.0.10.0: ICMP error about 10.0.10.0 > 192.0.2.9, length 36";
  EXPECT_EQ(shown(icmp_error(11, 47).u32(0).u32(0)), without_ports);
  EXPECT_EQ(shown(icmp_error(11, 17, 3).u16(80).u16(40000).u32(0)), without_ports);
  EXPECT_EQ(shown(icmp_error(11, 17)), without_ports) << "cut short";
  EXPECT_EQ(shown(icmp_error(8, 6).u16(80).u16(40000).u32(1)),
            "10.0.99.1 > 10.0.10.0: ICMP, length 36")
      << "a ping";
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_line.h"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/udp.h>
#include <netinet/in.h>

#include <ctime>

#include "abi/ricochet.h"
#include "capture/packet_summary.h"

namespace ricochet {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint8_t kTcpAck = 0x10;

std::string format_time_of_day(uint64_t time_ns) {
  const auto seconds = static_cast<time_t>(time_ns / kNanosecondsPerSecond);
  tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:09}", local.tm_hour, local.tm_min, local.tm_sec,
                     time_ns % kNanosecondsPerSecond);
}

std::string format_end(Address address, const std::optional<PortsSummary>& ports,
                       uint16_t PortsSummary::*port) {
  if (!ports) return address.to_string();
  const std::string host =
      address.is_ipv4() ? address.to_string() : fmt::format("[{}]", address.to_string());
  return fmt::format("{}:{}", host, *ports.*port);
}

// "10.0.99.1:40000 > 10.0.10.0:80", "[2001:db8::9]:40000 > [2001:db8::1]:80"
std::string format_ends(Address source, Address destination,
                        const std::optional<PortsSummary>& ports) {
  return fmt::format("{} > {}", format_end(source, ports, &PortsSummary::source),
                     format_end(destination, ports, &PortsSummary::destination));
}

std::string format_icmp(const std::optional<QuoteSummary>& quote) {
  if (!quote) return "ICMP";
  return "ICMP error about " + format_ends(quote->source, quote->destination, quote->ports);
}

std::string format_tcp(const TcpSummary& tcp) {
  std::string text = fmt::format("Flags [{}], seq {}", format_tcp_flags(tcp.flags), tcp.sequence);
  if (tcp.payload_bytes > 0) text += fmt::format(":{}", tcp.sequence + tcp.payload_bytes);
  if (tcp.flags & kTcpAck) text += fmt::format(", ack {}", tcp.acknowledgement);
  return text + fmt::format(", length {}", tcp.payload_bytes);
}

std::string format_transport(const PacketSummary& packet) {
  const IpSummary& ip = *packet.ip;
  if (packet.tcp) return format_tcp(*packet.tcp);
  const std::string length = fmt::format("length {}", ip.payload_bytes);
  if (ip.fragment) return fmt::format("fragment of protocol {}, {}", ip.protocol, length);
  if (packet.ports) return fmt::format("UDP, length {}", ip.payload_bytes - sizeof(udphdr));
  if (ip.protocol == IPPROTO_ICMP) return fmt::format("{}, {}", format_icmp(packet.quote), length);
  if (ip.protocol == IPPROTO_ICMPV6) return "ICMPv6, " + length;
  if (ip.protocol == IPPROTO_TCP) return "TCP, malformed, " + length;
  if (ip.protocol == IPPROTO_UDP) return "UDP, malformed, " + length;
  return fmt::format("protocol {}, {}", ip.protocol, length);
}

// The mark is spelled out where the byte alone tells it: not the 0x01 of the paper's mark mode,
// which in the other mode is an ECN code point.
std::string format_tos(uint8_t tos) {
  if (tos == 0) return "";
  const uint32_t mark = rch_mark_from_tos(tos);
  if (mark == RCH_MARK_NONE) return fmt::format(", ToS {:#04x}", tos);
  if (mark == RCH_MARK_FINAL) return fmt::format(", ToS {:#04x} (final)", tos);
  if (mark == RCH_MARK_PINNED) return fmt::format(", ToS {:#04x} (pinned)", tos);
  if (mark == RCH_MARK_RESTART) return fmt::format(", ToS {:#04x} (restart)", tos);
  return fmt::format(", ToS {:#04x} (attempt {})", tos, mark);
}

std::string format_vlans(const std::vector<uint16_t>& vlans) {
  std::string text;
  for (const uint16_t vlan : vlans) text += fmt::format("vlan {}, ", vlan);
  return text;
}

std::string format_layers(const CapturedPacket& packet) {
  const auto summary = summarise(packet.bytes);
  if (!summary) return fmt::format("cut short, length {}", packet.packet_bytes);
  if (!summary->ip) {
    const char* name = summary->ethertype == ETH_P_IP     ? "IPv4, malformed"
                       : summary->ethertype == ETH_P_IPV6 ? "IPv6, malformed"
                       : summary->ethertype == ETH_P_ARP  ? "ARP"
                                                          : nullptr;
    const std::string what = name ? name : fmt::format("ethertype {:#06x}", summary->ethertype);
    return fmt::format("{} > {}: {}{}, length {}", summary->source_mac.to_string(),
                       summary->destination_mac.to_string(), format_vlans(summary->vlans), what,
                       packet.packet_bytes);
  }
  const IpSummary& ip = *summary->ip;
  return fmt::format("{}{}: {}{}", format_vlans(summary->vlans),
                     format_ends(ip.source, ip.destination, summary->ports),
                     format_transport(*summary), format_tos(ip.tos));
}

}  // namespace

std::string format_tcp_flags(uint8_t flags) {
  constexpr std::string_view kNames = "FSRP.UEW";
  std::string text;
  for (size_t bit = 0; bit < kNames.size(); ++bit) {
    if (flags & (1u << bit)) text += kNames[bit];
  }
  return text.empty() ? "none" : text;
}

std::string format_packet_line(const CapturedPacket& packet, std::string_view interface_name) {
  return fmt::format("{} {} {} {} | {}", format_time_of_day(packet.time_ns), interface_name,
                     packet.direction == PacketDirection::out ? "out" : "in ",
                     format_layers(packet), packet.verdict ? packet.verdict->name : "verdict lost");
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_summary.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace ricochet {
namespace {

constexpr uint16_t kIpMoreFragments = 0x2000;
constexpr uint16_t kIpFragmentOffset = 0x1fff;
constexpr size_t kWordBytes = 4;
constexpr size_t kVlanTagsMax = 2;  // as the programs do
constexpr uint16_t kVlanNumber = 0x0fff;
constexpr size_t kTcpFlagsOffset = 13;

// RFC 792: unreachable, source quench, redirect, time exceeded, parameter problem.
constexpr std::array<uint8_t, 5> kIcmpErrors = {3, 4, 5, 11, 12};

struct VlanTag {
  uint16_t control;  // network order, as what follows
  uint16_t ethertype;
};

struct Icmp {
  uint8_t type;
  uint8_t code;
  uint16_t checksum;
  uint32_t rest;
};

struct Ports {
  uint16_t source;  // network order, as what follows
  uint16_t destination;
};

// A copy of the header that starts at offset, if all of it is there.
template <class Header>
std::optional<Header> header_at(std::span<const uint8_t> bytes, size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data() + offset, sizeof(header));
  return header;
}

MacAddress mac_of(const unsigned char (&octets)[ETH_ALEN]) {
  std::array<uint8_t, ETH_ALEN> copy;
  std::copy_n(octets, ETH_ALEN, copy.begin());
  return MacAddress(copy);
}

std::optional<IpSummary> summarise_ipv4(const iphdr& ip) {
  const size_t header_bytes = ip.ihl * kWordBytes;
  const size_t total_bytes = ntohs(ip.tot_len);
  if (ip.version != 4 || header_bytes < sizeof(iphdr) || total_bytes < header_bytes) {
    return std::nullopt;
  }
  return IpSummary{
      .source = Address::from_ipv4_network_order(ip.saddr),
      .destination = Address::from_ipv4_network_order(ip.daddr),
      .protocol = ip.protocol,
      .tos = ip.tos,
      .ttl = ip.ttl,
      .fragment = (ntohs(ip.frag_off) & (kIpMoreFragments | kIpFragmentOffset)) != 0,
      .payload_bytes = static_cast<uint16_t>(total_bytes - header_bytes),
  };
}

// What extension headers lead to is not looked for.
std::optional<IpSummary> summarise_ipv6(const ipv6hdr& ip) {
  if (ip.version != 6) return std::nullopt;
  return IpSummary{
      .source = Address(std::bit_cast<Address::Octets>(ip.saddr)),
      .destination = Address(std::bit_cast<Address::Octets>(ip.daddr)),
      .protocol = ip.nexthdr,
      .tos = static_cast<uint8_t>(ip.priority << 4 | ip.flow_lbl[0] >> 4),
      .ttl = ip.hop_limit,
      .fragment = ip.nexthdr == IPPROTO_FRAGMENT,
      .payload_bytes = ntohs(ip.payload_len),
  };
}

// Where the tags end. A tag that is cut short is left as the EtherType.
size_t summarise_tags(std::span<const uint8_t> packet, PacketSummary& summary) {
  size_t offset = sizeof(ethhdr);
  while (summary.vlans.size() < kVlanTagsMax &&
         (summary.ethertype == ETH_P_8021Q || summary.ethertype == ETH_P_8021AD)) {
    const auto tag = header_at<VlanTag>(packet, offset);
    if (!tag) break;
    summary.vlans.push_back(ntohs(tag->control) & kVlanNumber);
    summary.ethertype = ntohs(tag->ethertype);
    offset += sizeof(VlanTag);
  }
  return offset;
}

// Where the header ends, if there is one.
size_t summarise_ip(std::span<const uint8_t> packet, size_t offset, PacketSummary& summary) {
  const auto ip = header_at<iphdr>(packet, offset);
  const auto ip6 = header_at<ipv6hdr>(packet, offset);
  if (summary.ethertype == ETH_P_IP && ip) {
    summary.ip = summarise_ipv4(*ip);
    return offset + ip->ihl * kWordBytes;
  }
  if (summary.ethertype == ETH_P_IPV6 && ip6) summary.ip = summarise_ipv6(*ip6);
  return offset + sizeof(ipv6hdr);
}

void summarise_tcp(std::span<const uint8_t> packet, size_t offset, PacketSummary& summary) {
  const auto tcp = header_at<tcphdr>(packet, offset);
  if (!tcp) return;
  const size_t header_bytes = tcp->doff * kWordBytes;
  if (header_bytes < sizeof(tcphdr) || header_bytes > summary.ip->payload_bytes) return;
  summary.ports = {.source = ntohs(tcp->source), .destination = ntohs(tcp->dest)};
  summary.tcp = {
      .sequence = ntohl(tcp->seq),
      .acknowledgement = ntohl(tcp->ack_seq),
      .flags = packet[offset + kTcpFlagsOffset],
      .payload_bytes = static_cast<uint16_t>(summary.ip->payload_bytes - header_bytes),
  };
}

void summarise_udp(std::span<const uint8_t> packet, size_t offset, PacketSummary& summary) {
  const auto udp = header_at<udphdr>(packet, offset);
  if (!udp || summary.ip->payload_bytes < sizeof(udphdr)) return;
  summary.ports = {.source = ntohs(udp->source), .destination = ntohs(udp->dest)};
}

void summarise_icmp(std::span<const uint8_t> packet, size_t offset, PacketSummary& summary) {
  const auto icmp = header_at<Icmp>(packet, offset);
  if (!icmp || std::ranges::find(kIcmpErrors, icmp->type) == kIcmpErrors.end()) return;
  const size_t quote_offset = offset + sizeof(Icmp);
  const auto ip = header_at<iphdr>(packet, quote_offset);
  if (!ip || ip->version != 4 || ip->ihl * kWordBytes < sizeof(iphdr)) return;
  summary.quote = {.source = Address::from_ipv4_network_order(ip->saddr),
                   .destination = Address::from_ipv4_network_order(ip->daddr),
                   .protocol = ip->protocol,
                   .ports = {}};
  const bool has_ports = ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP;
  const auto ports = header_at<Ports>(packet, quote_offset + ip->ihl * kWordBytes);
  if (!has_ports || !ports || (ntohs(ip->frag_off) & kIpFragmentOffset) != 0) return;
  summary.quote->ports = {.source = ntohs(ports->source), .destination = ntohs(ports->destination)};
}

}  // namespace

std::optional<PacketSummary> summarise(std::span<const uint8_t> packet) {
  const auto ethernet = header_at<ethhdr>(packet, 0);
  if (!ethernet) return std::nullopt;
  PacketSummary summary{
      .destination_mac = mac_of(ethernet->h_dest),
      .source_mac = mac_of(ethernet->h_source),
      .vlans = {},
      .ethertype = ntohs(ethernet->h_proto),
      .ip = {},
      .ports = {},
      .tcp = {},
      .quote = {},
  };
  const size_t ip_offset = summarise_tags(packet, summary);
  const size_t transport_offset = summarise_ip(packet, ip_offset, summary);
  if (!summary.ip || summary.ip->fragment) return summary;

  const uint8_t protocol = summary.ip->protocol;
  if (protocol == IPPROTO_TCP) summarise_tcp(packet, transport_offset, summary);
  if (protocol == IPPROTO_UDP) summarise_udp(packet, transport_offset, summary);
  if (protocol == IPPROTO_ICMP) summarise_icmp(packet, transport_offset, summary);
  return summary;
}

}  // namespace ricochet

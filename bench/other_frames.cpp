// SPDX-License-Identifier: Apache-2.0
#include "other_frames.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ricochet::bench {
namespace {

constexpr size_t kTypeOffset = 2 * ETH_ALEN;
constexpr size_t kSourceOffset = ETH_HLEN + offsetof(iphdr, saddr);
constexpr size_t kDestinationOffset = ETH_HLEN + offsetof(iphdr, daddr);
constexpr size_t kTransportOffset = ETH_HLEN + sizeof(iphdr);
constexpr size_t kTransport6Offset = ETH_HLEN + sizeof(ipv6hdr);
constexpr uint16_t kVlan = 100;

template <class Value>
void put(Frame& frame, size_t offset, const Value& value) {
  std::memcpy(frame.data() + offset, &value, sizeof(value));
}

// To kServiceAddress, with zeros behind the IP header.
Frame make_empty(uint8_t protocol) {
  Frame frame = make_frame(0, TcpFlags::kAck);
  std::fill(frame.begin() + kTransportOffset, frame.end(), uint8_t{0});
  put(frame, ETH_HLEN + offsetof(iphdr, protocol), protocol);
  set_ttl(frame, kTtl);  // and the checksum
  return frame;
}

void set_icmp_type(Frame& frame, uint8_t type) {
  icmphdr icmp{};
  icmp.type = type;
  put(frame, kTransportOffset, icmp);
  icmp.checksum = internet_checksum(std::span(frame).subspan(kTransportOffset));
  put(frame, kTransportOffset, icmp);
}

}  // namespace

Frame make_udp_frame(uint16_t destination_port, std::span<const uint8_t> payload) {
  Frame frame = make_empty(IPPROTO_UDP);
  udphdr udp{};
  udp.dest = htons(destination_port);
  udp.len = htons(BENCH_FRAME_BYTES - kTransportOffset);
  put(frame, kTransportOffset, udp);
  std::ranges::copy(payload, frame.begin() + kTransportOffset + sizeof(udp));
  set_flow(frame, 0);
  return frame;
}

Frame make_echo_request() {
  Frame frame = make_empty(IPPROTO_ICMP);
  std::iota(frame.begin() + kTransportOffset + sizeof(icmphdr), frame.end(), uint8_t{1});
  set_icmp_type(frame, ICMP_ECHO);
  return frame;
}

// The IP checksum is the same for all flows.
void set_echo_flow(Frame& request, uint32_t flow) {
  put(request, kSourceOffset, bench_flow_address(flow));
}

Frame echo_reply_to(const Frame& request) {
  Frame reply = request;
  swap_macs(reply);
  std::swap_ranges(reply.begin() + kSourceOffset, reply.begin() + kDestinationOffset,
                   reply.begin() + kDestinationOffset);
  set_icmp_type(reply, ICMP_ECHOREPLY);
  return reply;
}

Frame tagged(const Frame& frame) {
  Frame made = frame;
  std::copy(frame.begin() + kTypeOffset, frame.end() - BENCH_TAG_BYTES,
            made.begin() + kTypeOffset + BENCH_TAG_BYTES);
  put(made, kTypeOffset, htons(ETH_P_8021Q));
  put(made, kTypeOffset + sizeof(uint16_t), htons(kVlan));
  return made;
}

rch_address make_address6(uint32_t ipv4_network_order) {
  return {{htonl(0x20010db8), 0, 0, ipv4_network_order}};
}

Frame make_ipv6_frame(uint16_t destination_port) {
  Frame frame{};
  set_destination_mac(frame, kRouterMac);
  set_source_mac(frame, kClientMac);
  put(frame, kTypeOffset, htons(ETH_P_IPV6));
  ipv6hdr ip{};
  ip.version = 6;
  ip.payload_len = htons(sizeof(tcphdr));
  ip.nexthdr = IPPROTO_TCP;
  ip.hop_limit = kTtl;
  const rch_address service = make_address6(htonl(kServiceAddress));
  std::memcpy(&ip.daddr, &service, sizeof(service));
  put(frame, ETH_HLEN, ip);
  tcphdr tcp{};
  tcp.dest = htons(destination_port);
  tcp.doff = sizeof(tcphdr) / 4;
  tcp.ack = 1;
  put(frame, kTransport6Offset, tcp);
  set_ipv6_flow(frame, 0);
  return frame;
}

void set_ipv6_flow(Frame& frame, uint32_t flow) {
  put(frame, ETH_HLEN + offsetof(ipv6hdr, saddr), make_address6(bench_flow_address(flow)));
  put(frame, kTransport6Offset, bench_flow_port(flow));
}

void set_hop_limit(Frame& frame, uint8_t hops) {
  put(frame, ETH_HLEN + offsetof(ipv6hdr, hop_limit), hops);
}

}  // namespace ricochet::bench

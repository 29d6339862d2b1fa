// SPDX-License-Identifier: Apache-2.0
#include "frame.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

namespace ricochet::bench {
namespace {

constexpr size_t kIpOffset = ETH_HLEN;
constexpr size_t kTcpOffset = kIpOffset + sizeof(iphdr);
constexpr size_t kPayloadOffset = kTcpOffset + sizeof(tcphdr);

// Changes the header of type T at offset; memcpy, because frames are not aligned for it.
template <class T, class Change>
void change_header(Frame& frame, size_t offset, Change change) {
  T header;
  std::memcpy(&header, frame.data() + offset, sizeof(header));
  change(header);
  std::memcpy(frame.data() + offset, &header, sizeof(header));
}

template <class Change>
void change_ip(Frame& frame, Change change) {
  change_header<iphdr>(frame, kIpOffset, [&](iphdr& ip) {
    change(ip);
    ip.check = 0;
    ip.check = internet_checksum({reinterpret_cast<const uint8_t*>(&ip), sizeof(ip)});
  });
}

}  // namespace

Frame make_frame(uint16_t destination_port, TcpFlags flags) {
  Frame frame{};
  change_header<ethhdr>(frame, 0, [](ethhdr& eth) { eth.h_proto = htons(ETH_P_IP); });
  set_destination_mac(frame, kRouterMac);
  set_source_mac(frame, kClientMac);
  change_header<tcphdr>(frame, kTcpOffset, [&](tcphdr& tcp) {
    tcp.dest = htons(destination_port);
    tcp.seq = htonl(kSequence);
    tcp.doff = sizeof(tcphdr) / 4;
    tcp.syn = flags == TcpFlags::kSyn;
    tcp.ack = flags == TcpFlags::kAck;
  });
  change_ip(frame, [](iphdr& ip) {
    ip.version = 4;
    ip.ihl = sizeof(iphdr) / 4;
    ip.tot_len = htons(BENCH_FRAME_BYTES - kIpOffset);
    ip.ttl = kTtl;
    ip.protocol = IPPROTO_TCP;
    ip.daddr = htonl(kServiceAddress);
  });
  set_flow(frame, 0);
  std::iota(frame.begin() + kPayloadOffset, frame.end(), uint8_t{1});
  return frame;
}

void set_flow(Frame& frame, uint32_t flow) {
  change_ip(frame, [&](iphdr& ip) { ip.saddr = bench_flow_address(flow); });
  change_header<tcphdr>(frame, kTcpOffset,
                        [&](tcphdr& tcp) { tcp.source = bench_flow_port(flow); });
}

void set_routed_flow(Frame& frame, uint32_t flow) {
  set_flow(frame, flow);
  change_ip(frame, [&](iphdr& ip) { ip.saddr = bench_routed_address(flow); });
}

void set_destination_address(Frame& frame, uint32_t address) {
  change_ip(frame, [&](iphdr& ip) { ip.daddr = htonl(address); });
}

void set_fragment(Frame& frame, uint16_t flags_and_offset) {
  change_ip(frame, [&](iphdr& ip) { ip.frag_off = htons(flags_and_offset); });
}

void set_tos(Frame& frame, uint8_t tos) {
  change_ip(frame, [&](iphdr& ip) { ip.tos = tos; });
}

void set_ttl(Frame& frame, uint8_t ttl) {
  change_ip(frame, [&](iphdr& ip) { ip.ttl = ttl; });
}

uint16_t internet_checksum(std::span<const uint8_t> bytes) {
  std::vector<uint16_t> words(bytes.size() / 2);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  uint32_t sum = std::accumulate(words.begin(), words.end(), 0u);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void set_destination_mac(Frame& frame, const Mac& mac) {
  std::copy(mac.begin(), mac.end(), frame.begin());
}

void set_source_mac(Frame& frame, const Mac& mac) {
  std::copy(mac.begin(), mac.end(), frame.begin() + ETH_ALEN);
}

void swap_macs(Frame& frame) {
  std::swap_ranges(frame.begin(), frame.begin() + ETH_ALEN, frame.begin() + ETH_ALEN);
}

std::string describe_difference(const Frame& expected, const Frame& actual) {
  std::string text;
  for (size_t offset = 0; offset < expected.size(); ++offset) {
    if (expected[offset] != actual[offset]) {
      text += fmt::format("{}byte {} is {:02x}, not {:02x}", text.empty() ? "" : ", ", offset,
                          actual[offset], expected[offset]);
    }
  }
  return text;
}

}  // namespace ricochet::bench

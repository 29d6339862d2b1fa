// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <algorithm>

namespace ricochet::reference {
namespace {

constexpr uint16_t kIpv4EtherType = 0x0800;
constexpr uint16_t kVlanEtherTypes[] = {0x8100, 0x88a8};  // 802.1Q, 802.1ad
constexpr size_t kVlanTagBytes = 4;
constexpr int kVlanTagsMax = 2;
constexpr size_t kIpHeaderBytesMin = 20;
constexpr size_t kTcpHeaderBytesMin = 20;
constexpr size_t kPortsBytes = 4;
// Unreachable, source quench, redirect, time exceeded, parameter problem: each quotes a packet.
constexpr uint8_t kIcmpErrors[] = {3, 4, 5, 11, 12};
constexpr size_t kIcmpHeaderBytes = 8;
constexpr size_t kQuotedTransportBytes = 8;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kFragmentOffset = 0x1fff;
constexpr uint8_t kSynFlag = 0x02;
constexpr uint8_t kRstFlag = 0x04;
constexpr uint8_t kAckFlag = 0x10;

uint16_t number16(const Bytes& bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t number32(const Bytes& bytes, size_t at) {
  return static_cast<uint32_t>(number16(bytes, at)) << 16 | number16(bytes, at + 2);
}

Mac mac(const Bytes& bytes, size_t at) {
  Mac mac;
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), mac.size(), mac.begin());
  return mac;
}

// Each reader looks at the frame from `at` on and is false if it is malformed there.

bool read_tcp(const Bytes& frame, size_t at, Headers& headers) {
  if (frame.size() < at + kTcpHeaderBytesMin) return false;
  const size_t said_bytes = size_t{frame[at + 12]} / 16 * 4;
  if (said_bytes < kTcpHeaderBytesMin) return false;
  const uint8_t flags = frame[at + 13];
  headers.tcp = Tcp{.syn = (flags & kSynFlag) != 0,
                    .ack = (flags & kAckFlag) != 0,
                    .rst = (flags & kRstFlag) != 0,
                    .sequence = number32(frame, at + 4),
                    .acknowledgement = number32(frame, at + 8)};
  return true;
}

bool is_vlan(uint16_t type) {
  return std::ranges::find(kVlanEtherTypes, type) != std::end(kVlanEtherTypes);
}

bool has_ports(uint8_t protocol) {
  return protocol == kTcpProtocol || protocol == kUdpProtocol;
}

// The flow of an error about a packet that its receiver sent. Where that cannot be read, or there
// are not even its ports and TCP's sequence number, the flow stays the error's own.
void read_quote(const Bytes& frame, size_t at, Headers& headers) {
  const size_t quote_at = at + kIcmpHeaderBytes;
  if (frame.size() < quote_at + kIpHeaderBytesMin) return;
  if (std::ranges::find(kIcmpErrors, frame[at]) == std::end(kIcmpErrors)) return;
  const size_t header_bytes = (frame[quote_at] & 0x0f) * 4u;
  if (frame[quote_at] >> 4 != 4 || header_bytes < kIpHeaderBytesMin) return;

  const Address sender = number32(frame, quote_at + 12);
  Flow flow{.source = number32(frame, quote_at + 16),
            .destination = sender,
            .protocol = frame[quote_at + 9]};
  if (sender != headers.destination) return;
  if (has_ports(flow.protocol)) {
    const bool later_fragment = (number16(frame, quote_at + 6) & kFragmentOffset) != 0;
    const size_t transport_at = quote_at + header_bytes;
    if (later_fragment || frame.size() < transport_at + kQuotedTransportBytes) return;
    flow.source_port = number16(frame, transport_at + 2);
    flow.destination_port = number16(frame, transport_at);
    if (flow.protocol == kTcpProtocol) headers.quoted_sequence = number32(frame, transport_at + 4);
  }
  headers.flow = flow;
}

bool read_transport(const Bytes& frame, size_t at, Headers& headers) {
  if (frame.size() < at + kPortsBytes) return false;
  headers.flow.source_port = number16(frame, at);
  headers.flow.destination_port = number16(frame, at + 2);
  return headers.protocol == kUdpProtocol || read_tcp(frame, at, headers);
}

bool read_behind_ip(const Bytes& frame, uint16_t fragment_word, Headers& headers) {
  const size_t at = headers.ip_at + headers.ip_header_bytes;
  const bool is_fragment = (fragment_word & (kMoreFragments | kFragmentOffset)) != 0;
  const bool is_later = (fragment_word & kFragmentOffset) != 0;
  if (!has_ports(headers.protocol)) {
    if (headers.protocol == kIcmpProtocol && !is_later) read_quote(frame, at, headers);
    return true;
  }
  if (is_fragment) headers.fragment = is_later ? Fragment::later : Fragment::first;
  return is_later || read_transport(frame, at, headers);
}

bool read_ipv4(const Bytes& frame, Headers& headers) {
  const size_t at = headers.ip_at;
  if (frame.size() < at + kIpHeaderBytesMin) return false;
  const unsigned version = frame[at] >> 4;
  headers.ip_header_bytes = size_t{frame[at]} % 16 * 4;
  if (version != 4 || headers.ip_header_bytes < kIpHeaderBytesMin) return false;
  if (frame.size() < at + headers.ip_header_bytes) return false;

  headers.tos = frame[at + 1];
  headers.total_bytes = number16(frame, at + 2);
  headers.id = number16(frame, at + 4);
  headers.ttl = frame[at + 8];
  headers.protocol = frame[at + 9];
  headers.source = number32(frame, at + 12);
  headers.destination = number32(frame, at + 16);
  headers.flow = {
      .source = headers.source, .destination = headers.destination, .protocol = headers.protocol};
  return read_behind_ip(frame, number16(frame, at + 6), headers);
}

}  // namespace

std::variant<Headers, Unreadable> read_headers(const Bytes& frame) {
  if (frame.size() < kEthernetBytes) return Unreadable::malformed;
  Headers headers;
  headers.destination_mac = mac(frame, 0);
  headers.source_mac = mac(frame, 6);
  headers.ip_at = kEthernetBytes;
  uint16_t type = number16(frame, 12);
  for (int tags = 0; tags < kVlanTagsMax && is_vlan(type); tags++) {
    if (frame.size() < headers.ip_at + kVlanTagBytes) return Unreadable::malformed;
    type = number16(frame, headers.ip_at + 2);
    headers.ip_at += kVlanTagBytes;
  }
  if (type != kIpv4EtherType) return Unreadable::not_ipv4;
  if (!read_ipv4(frame, headers)) return Unreadable::malformed;
  return headers;
}

FragmentKey fragment_key(const Headers& headers) {
  return {headers.source, headers.destination, headers.id, headers.protocol};
}

std::optional<FragmentKey> first_fragment_key(const Bytes& frame) {
  const auto read = read_headers(frame);
  const auto* headers = std::get_if<Headers>(&read);
  if (!headers || headers->fragment != Fragment::first) return std::nullopt;
  return fragment_key(*headers);
}

}  // namespace ricochet::reference

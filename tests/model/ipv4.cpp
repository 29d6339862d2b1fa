// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "reading.h"

namespace ricochet::reference {
namespace {

constexpr size_t kIpHeaderBytesMin = 20;
// Unreachable, source quench, redirect, time exceeded, parameter problem: each quotes a packet.
constexpr uint8_t kIcmpErrors[] = {3, 4, 5, 11, 12};
constexpr uint8_t kEchoRequest = 8;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kFragmentOffset = 0x1fff;

Address address(const Bytes& frame, size_t at) {
  return ipv4_address(number32(frame, at));
}

void read_quote(const Bytes& frame, Headers& headers) {
  const size_t quote_at = headers.transport_at + kIcmpHeaderBytes;
  if (frame.size() < quote_at + kIpHeaderBytesMin) return;
  const uint8_t type = frame[headers.transport_at];
  if (std::ranges::find(kIcmpErrors, type) == std::end(kIcmpErrors)) return;
  const size_t header_bytes = size_t{frame[quote_at]} % 16 * 4;
  if (frame[quote_at] >> 4 != 4 || header_bytes < kIpHeaderBytesMin) return;

  const Flow sent{.source = address(frame, quote_at + 12),
                  .destination = address(frame, quote_at + 16),
                  .protocol = frame[quote_at + 9]};
  if (sent.source != headers.destination) return;
  const bool later_fragment = (number16(frame, quote_at + 6) & kFragmentOffset) != 0;
  if (later_fragment && has_ports(sent.protocol)) return;
  read_quoted_transport(frame, quote_at + header_bytes, sent, headers);
}

void read_icmp(const Bytes& frame, bool is_fragment, Headers& headers) {
  const size_t at = headers.transport_at;
  if (frame.size() < at + kIcmpHeaderBytes) return;
  headers.asks_echo = !is_fragment && frame[at] == kEchoRequest && frame[at + 1] == 0;
  read_quote(frame, headers);
}

bool read_behind_ip(const Bytes& frame, uint16_t fragment_word, Headers& headers) {
  const bool is_fragment = (fragment_word & (kMoreFragments | kFragmentOffset)) != 0;
  const bool is_later = (fragment_word & kFragmentOffset) != 0;
  if (!has_ports(headers.protocol)) {
    if (headers.protocol == kIcmpProtocol && !is_later) read_icmp(frame, is_fragment, headers);
    return true;
  }
  if (is_fragment) headers.fragment = is_later ? Fragment::later : Fragment::first;
  return is_later || read_transport(frame, headers);
}

}  // namespace

std::optional<Unreadable> read_ipv4(const Bytes& frame, Headers& headers) {
  const size_t at = headers.ip_at;
  if (frame.size() < at + kIpHeaderBytesMin) return Unreadable::malformed;
  const unsigned version = frame[at] >> 4;
  headers.ip_header_bytes = size_t{frame[at]} % 16 * 4;
  headers.transport_at = at + headers.ip_header_bytes;
  if (version != 4 || headers.ip_header_bytes < kIpHeaderBytesMin) return Unreadable::malformed;
  if (frame.size() < headers.transport_at) return Unreadable::malformed;

  headers.tos = frame[at + 1];
  headers.total_bytes = number16(frame, at + 2);
  headers.id = number16(frame, at + 4);
  headers.ttl = frame[at + 8];
  headers.protocol = frame[at + 9];
  headers.source = address(frame, at + 12);
  headers.destination = address(frame, at + 16);
  headers.flow = {
      .source = headers.source, .destination = headers.destination, .protocol = headers.protocol};
  if (!read_behind_ip(frame, number16(frame, at + 6), headers)) return Unreadable::malformed;
  return std::nullopt;
}

}  // namespace ricochet::reference

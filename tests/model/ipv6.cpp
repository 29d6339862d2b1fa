// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "abi/ricochet.h"
#include "reading.h"

namespace ricochet::reference {
namespace {

constexpr size_t kExtensionBytesMin = 8;
constexpr uint16_t kFragmentOffset = 0xfff8;
constexpr uint16_t kMoreFragments = 0x0001;
constexpr uint8_t kFirstIcmpError = 1;
constexpr uint8_t kLastIcmpError = 127;
constexpr uint8_t kEchoRequest = 128;
// Router and neighbour solicitations and advertisements, redirect (RFC 4861).
constexpr uint8_t kFirstOfNeighbourDiscovery = 133;
constexpr uint8_t kLastOfNeighbourDiscovery = 137;

bool is_extension(uint8_t protocol) {
  return std::ranges::find(kExtensionHeaders, protocol) != kExtensionHeaders.end();
}

uint64_t number64(const Bytes& frame, size_t at) {
  return uint64_t{number32(frame, at)} << 32 | number32(frame, at + 4);
}

Address address(const Bytes& frame, size_t at) {
  return {number64(frame, at), number64(frame, at + 8)};
}

// What is between the IPv6 header and the transport.
struct Chain {
  size_t end_at = 0;
  uint8_t protocol = 0;  // of what begins there
  std::vector<ExtensionHeader> headers;
  // Of the last fragment header, whose id counts.
  bool is_first = false;
  bool is_later = false;
  uint32_t id = 0;
};

size_t extension_bytes(uint8_t type, uint8_t said_units) {
  if (type == kFragmentHeader) return kExtensionBytesMin;
  return type == kAuthentication ? (size_t{said_units} + 2) * 4 : (size_t{said_units} + 1) * 8;
}

void read_fragment_header(const Bytes& frame, size_t at, Chain& chain) {
  const uint16_t word = number16(frame, at + 2);
  chain.is_later = (word & kFragmentOffset) != 0;
  chain.is_first = !chain.is_later && (word & kMoreFragments) != 0;
  chain.id = number32(frame, at + 4);
}

// Of a whole IPv6 header at `ip_at`.
std::variant<Chain, Unreadable> read_chain(const Bytes& frame, size_t ip_at) {
  Chain chain;
  chain.end_at = ip_at + kIpv6HeaderBytes;
  chain.protocol = frame[ip_at + 6];
  while (is_extension(chain.protocol)) {
    const size_t at = chain.end_at;
    if (chain.headers.size() == RCH_EXTENSION_HEADERS_MAX) return Unreadable::extensions;
    if (frame.size() < at + kExtensionBytesMin) return Unreadable::malformed;
    const size_t bytes = extension_bytes(chain.protocol, frame[at + 1]);
    if (chain.protocol == kFragmentHeader) read_fragment_header(frame, at, chain);
    chain.headers.push_back({at, bytes});
    chain.end_at = at + bytes;
    chain.protocol = frame[at];
    if (chain.is_later) break;
  }
  if (frame.size() < chain.end_at) return Unreadable::malformed;
  return chain;
}

void read_quote(const Bytes& frame, Headers& headers) {
  const size_t quote_at = headers.transport_at + kIcmpHeaderBytes;
  if (frame.size() < quote_at + kIpv6HeaderBytes || frame[quote_at] >> 4 != 6) return;
  const auto read = read_chain(frame, quote_at);
  const auto* chain = std::get_if<Chain>(&read);
  if (!chain || (chain->is_later && has_ports(chain->protocol))) return;
  const Flow sent{.source = address(frame, quote_at + 8),
                  .destination = address(frame, quote_at + 24),
                  .protocol = chain->protocol};
  if (sent.source == headers.destination)
    read_quoted_transport(frame, chain->end_at, sent, headers);
}

void read_icmp(const Bytes& frame, Headers& headers) {
  if (frame.size() < headers.transport_at + kIcmpHeaderBytes) return;
  const uint8_t type = frame[headers.transport_at];
  headers.neighbour_discovery =
      type >= kFirstOfNeighbourDiscovery && type <= kLastOfNeighbourDiscovery;
  headers.asks_echo = headers.fragment == Fragment::none && type == kEchoRequest &&
                      frame[headers.transport_at + 1] == 0;
  if (type >= kFirstIcmpError && type <= kLastIcmpError) read_quote(frame, headers);
}

// What begins behind the fragment header is then the protocol.
bool later_ones_need_the_first(const Chain& chain) {
  return has_ports(chain.protocol) || is_extension(chain.protocol);
}

bool read_behind_ip(const Bytes& frame, const Chain& chain, Headers& headers) {
  if (chain.is_first) headers.fragment = Fragment::first;
  if (chain.is_later && later_ones_need_the_first(chain)) headers.fragment = Fragment::later;
  if (chain.is_later) return true;
  if (has_ports(headers.protocol)) return read_transport(frame, headers);
  if (headers.protocol == kIcmpv6Protocol) read_icmp(frame, headers);
  return true;
}

}  // namespace

std::optional<Unreadable> read_ipv6(const Bytes& frame, Headers& headers) {
  const size_t at = headers.ip_at;
  if (frame.size() < at + kIpv6HeaderBytes || frame[at] >> 4 != 6) return Unreadable::malformed;
  headers.source = address(frame, at + 8);
  headers.destination = address(frame, at + 24);
  if (headers.source.is_ipv4() || headers.destination.is_ipv4()) return Unreadable::malformed;
  const auto read = read_chain(frame, at);
  if (const auto* unreadable = std::get_if<Unreadable>(&read)) return *unreadable;
  const auto& chain = std::get<Chain>(read);

  headers.ip_header_bytes = kIpv6HeaderBytes;
  headers.extensions = chain.headers;
  headers.transport_at = chain.end_at;
  headers.tos = static_cast<uint8_t>(number16(frame, at) >> 4);
  headers.total_bytes = uint32_t{kIpv6HeaderBytes} + number16(frame, at + 4);
  headers.id = chain.id;
  headers.ttl = frame[at + 7];
  headers.protocol = chain.protocol;
  headers.flow = {
      .source = headers.source, .destination = headers.destination, .protocol = headers.protocol};
  if (!read_behind_ip(frame, chain, headers)) return Unreadable::malformed;
  return std::nullopt;
}

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
#include "rewrite.h"

#include <algorithm>

#include "reading.h"

namespace ricochet::reference {
namespace {

// In the IP header.
constexpr size_t kTosAt = 1;
constexpr size_t kTtlAt = 8;
constexpr size_t kChecksumAt = 10;
constexpr size_t kHopLimitAt = 7;
// Of ones' complement numbers of 16 bits; 0 and 0xffff are the same number.
constexpr uint32_t kModulus = 0xffff;

// RFC 1071: the sum of all words of the IP header, with its checksum. 0 if that is right.
uint32_t header_sum(const Bytes& frame, const Headers& headers) {
  uint32_t sum = 0;
  for (size_t at = headers.ip_at; at < headers.ip_at + headers.ip_header_bytes; at += 2)
    sum += static_cast<uint32_t>(frame[at] << 8 | frame[at + 1]);
  return sum % kModulus;
}

void set_checksum(Bytes& frame, const Headers& headers, uint32_t checksum) {
  frame[headers.ip_at + kChecksumAt] = static_cast<uint8_t>(checksum >> 8);
  frame[headers.ip_at + kChecksumAt + 1] = static_cast<uint8_t>(checksum);
}

void set_in_ipv4(Bytes& frame, const Headers& headers, uint8_t tos, uint8_t ttl) {
  const uint32_t error = header_sum(frame, headers);
  frame[headers.ip_at + kTosAt] = tos;
  frame[headers.ip_at + kTtlAt] = ttl;
  set_checksum(frame, headers, 0);
  set_checksum(frame, headers, (error + kModulus - header_sum(frame, headers)) % kModulus);
}

// The traffic class has the lower half of the first octet and the upper half of the second.
void set_in_ipv6(Bytes& frame, const Headers& headers, uint8_t traffic_class, uint8_t hop_limit) {
  uint8_t* ip = frame.data() + headers.ip_at;
  ip[0] = static_cast<uint8_t>((ip[0] & 0xf0) | traffic_class >> 4);
  ip[1] = static_cast<uint8_t>((ip[1] & 0x0f) | traffic_class << 4);
  ip[kHopLimitAt] = hop_limit;
}

void swap_addresses(Bytes& frame, const Headers& headers) {
  const size_t at = headers.ip_at + (headers.is_ipv4() ? 12 : 8);
  const auto bytes = headers.is_ipv4() ? 4 : 16;
  const auto source = frame.begin() + static_cast<ptrdiff_t>(at);
  std::swap_ranges(source, source + bytes, source + bytes);
}

// The first two words of the message, type with code and checksum, sum up to what they did. A sum
// of 0 is written as 0xffff: of a message that is all zeros only that is right.
void set_icmp_type(Bytes& frame, size_t at, uint8_t type) {
  const uint32_t sum = number16(frame, at) + uint32_t{number16(frame, at + 2)};
  frame[at] = type;
  const uint32_t rest = (sum + kModulus - number16(frame, at) % kModulus) % kModulus;
  const uint32_t checksum = rest == 0 ? kModulus : rest;
  frame[at + 2] = static_cast<uint8_t>(checksum >> 8);
  frame[at + 3] = static_cast<uint8_t>(checksum);
}

}  // namespace

void set_macs(Bytes& frame, const Mac& destination, const Mac& source) {
  std::ranges::copy(destination, frame.begin());
  std::ranges::copy(source, frame.begin() + static_cast<ptrdiff_t>(destination.size()));
}

void set_tos_and_ttl(Bytes& frame, const Headers& headers, uint8_t tos, uint8_t ttl) {
  if (headers.is_ipv4()) {
    set_in_ipv4(frame, headers, tos, ttl);
  } else {
    set_in_ipv6(frame, headers, tos, ttl);
  }
}

void answer_echo(Bytes& frame, const Headers& headers, uint8_t ttl) {
  constexpr uint8_t kEchoReply = 0;
  constexpr uint8_t kEchoReplyIpv6 = 129;
  set_icmp_type(frame, headers.transport_at, headers.is_ipv4() ? kEchoReply : kEchoReplyIpv6);
  set_tos_and_ttl(frame, headers, headers.tos, ttl);
  swap_addresses(frame, headers);
  set_macs(frame, headers.source_mac, headers.destination_mac);
}

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
// ICMP errors as routers on the way to a client send them.
#pragma once

#include <array>

#include "packet_builder.h"

namespace ricochet::test {

inline constexpr uint32_t kReporter = ipv4(192, 0, 2, 99);
// Destination unreachable, source quench, redirect, time exceeded, parameter problem.
inline constexpr std::array<uint8_t, 5> kIcmpErrors = {3, 4, 5, 11, 12};
inline constexpr size_t kQuotedTransportBytes = 8;  // RFC 792: at least so much

// Of IPv4: quotes the IP header and the first 8 bytes of what follows.
inline Packet error_about(const Packet& sent, uint8_t type = kIcmpErrors[0]) {
  Bytes quote = sent.ip_bytes();
  quote.resize(static_cast<size_t>(quote[0] & 0x0f) * 4 + kQuotedTransportBytes);
  return Packet::icmp_error(kReporter, sent.source().address, type, quote);
}

inline constexpr IpAddress kReporter6 = ipv6(0x99, 2);
// Destination unreachable, packet too big, time exceeded, parameter problem.
inline constexpr std::array<uint8_t, 4> kIcmpv6Errors = {1, 2, 3, 4};

// Of IPv6: quotes all of it.
inline Packet error_about6(const Packet& sent, uint8_t type = kIcmpv6Errors[0]) {
  return Packet::icmp_error(kReporter6, sent.source().address, type, sent.ip_bytes());
}

}  // namespace ricochet::test

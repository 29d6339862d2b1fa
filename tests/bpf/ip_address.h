// SPDX-License-Identifier: Apache-2.0
// An IP address of either family, and the end of a flow. Host order.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>

#include "abi/address.h"

namespace ricochet::test {

// Host order: ipv4(10, 0, 10, 0).
constexpr uint32_t ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(a) << 24 | static_cast<uint32_t>(b) << 16 |
         static_cast<uint32_t>(c) << 8 | d;
}

struct IpAddress {
  std::array<uint32_t, 4> words{};

  constexpr IpAddress() = default;
  constexpr explicit IpAddress(const std::array<uint32_t, 4>& four_words) : words(four_words) {}
  // A number is an address of IPv4, as packets of that family have it.
  constexpr IpAddress(uint32_t ipv4) : words{0, 0, 0xffff, ipv4} {}

  [[nodiscard]] constexpr bool is_ipv4() const {
    return words[0] == 0 && words[1] == 0 && words[2] == 0xffff;
  }
  // The last 32 bits, which are all of one of IPv4.
  [[nodiscard]] constexpr uint32_t last_word() const { return words[3]; }
  // Network order.
  [[nodiscard]] rch_address encode() const {
    return {{htonl(words[0]), htonl(words[1]), htonl(words[2]), htonl(words[3])}};
  }

  bool operator==(const IpAddress&) const = default;
};

// Without a carry: the tests' networks have room.
constexpr IpAddress operator+(IpAddress address, uint32_t hosts) {
  address.words[3] += hosts;
  return address;
}

// 2001:db8:<network>::<host>, of the addresses that are for documentation.
constexpr IpAddress ipv6(uint16_t network, uint32_t host) {
  return IpAddress({0x20010db8, static_cast<uint32_t>(network) << 16, 0, host});
}

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;
};

}  // namespace ricochet::test

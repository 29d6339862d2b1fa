// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace ricochet {

// An address of IPv4 or IPv6. One of IPv4 is kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that
// both have one equality and one order: that of the numbers, which puts IPv4 before 2000::/3.
class Address {
 public:
  using Octets = std::array<uint8_t, 16>;

  Address() = default;  // 0.0.0.0
  explicit Address(const Octets& octets) : octets_(octets) {}
  static Address from_ipv4_host_order(uint32_t value);
  static Address from_ipv4_network_order(uint32_t value);
  // "10.0.0.1", or any spelling of an IPv6 address. Refuses IPv4 written as IPv6
  // ("::ffff:10.0.0.1"), which would be a second name of it, and zones ("fe80::1%eth0").
  static Result<Address> parse(std::string_view text);

  [[nodiscard]] bool is_ipv4() const;
  [[nodiscard]] bool is_loopback() const;    // 127.0.0.0/8, ::1
  [[nodiscard]] bool is_link_local() const;  // fe80::/10
  // Of an IPv4 address only.
  [[nodiscard]] uint32_t ipv4_host_order() const;
  [[nodiscard]] uint32_t ipv4_network_order() const;
  [[nodiscard]] const Octets& octets() const { return octets_; }
  [[nodiscard]] std::string to_string() const;  // the one of RFC 5952, if it is IPv6
  auto operator<=>(const Address&) const = default;

 private:
  Octets octets_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
};

}  // namespace ricochet

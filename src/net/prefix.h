// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "net/address.h"

namespace ricochet {

inline constexpr unsigned kIpv4Bits = 32;  // of an address
inline constexpr unsigned kIpv6Bits = 128;

// A prefix whose host bits are zero. Its length is in bits of its own family: 24 for IPv4, 64 for
// IPv6.
class Prefix {
 public:
  Prefix() = default;  // 0.0.0.0/32
  // Of this address alone: a /32 or /128.
  explicit Prefix(Address host);
  // Refuses a length over 32 or 128 and set host bits ("10.0.1.5/24: did you mean 10.0.1.0/24?").
  static Result<Prefix> make(Address address, unsigned length);
  // "10.0.1.0/24", "2001:db8::/32", or an address alone.
  static Result<Prefix> parse(std::string_view text);

  [[nodiscard]] Address address() const { return address_; }
  [[nodiscard]] unsigned length() const { return length_; }
  [[nodiscard]] bool is_host() const;
  [[nodiscard]] bool contains(Address address) const;
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const Prefix&) const = default;

 private:
  Prefix(Address address, unsigned length) : address_(address), length_(length) {}
  Address address_;
  unsigned length_ = 32;
};

// How long a prefix can be: 32 or 128.
unsigned prefix_length_max(Address address);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace ricochet {

// An IPv4 address, kept in host order so that it sorts as people read it.
class Ipv4Address {
 public:
  Ipv4Address() = default;
  static Ipv4Address from_host_order(uint32_t value) { return Ipv4Address(value); }
  static Ipv4Address from_network_order(uint32_t value);
  // Dotted quad and nothing else ("10.0.0.1").
  static Result<Ipv4Address> parse(std::string_view text);

  [[nodiscard]] uint32_t host_order() const { return value_; }
  [[nodiscard]] uint32_t network_order() const;
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const Ipv4Address&) const = default;

 private:
  explicit Ipv4Address(uint32_t value) : value_(value) {}
  uint32_t value_ = 0;
};

// A prefix whose host bits are zero.
class Ipv4Prefix {
 public:
  Ipv4Prefix() = default;
  // Refuses a length over 32 and set host bits ("10.0.1.5/24: did you mean 10.0.1.0/24?").
  static Result<Ipv4Prefix> make(Ipv4Address address, unsigned length);
  // "10.0.1.0/24", or an address alone for a /32.
  static Result<Ipv4Prefix> parse(std::string_view text);

  [[nodiscard]] Ipv4Address address() const { return address_; }
  [[nodiscard]] unsigned length() const { return length_; }
  [[nodiscard]] bool is_host() const { return length_ == 32; }
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const Ipv4Prefix&) const = default;

 private:
  Ipv4Prefix(Ipv4Address address, unsigned length) : address_(address), length_(length) {}
  Ipv4Address address_;
  unsigned length_ = 32;
};

}  // namespace ricochet

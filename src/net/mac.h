// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace ricochet {

// An Ethernet address.
class MacAddress {
 public:
  MacAddress() = default;
  explicit MacAddress(const std::array<uint8_t, 6>& octets) : octets_(octets) {}
  // Six two-digit hexadecimal octets with colons, upper or lower case; unicast and not zero.
  static Result<MacAddress> parse(std::string_view text);

  [[nodiscard]] const std::array<uint8_t, 6>& octets() const { return octets_; }
  [[nodiscard]] std::string to_string() const;  // lower case
  auto operator<=>(const MacAddress&) const = default;

 private:
  std::array<uint8_t, 6> octets_{};
};

}  // namespace ricochet

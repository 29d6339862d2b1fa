// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 0: addresses of both families.
#pragma once

#include <compare>
#include <cstdint>

namespace ricochet::reference {

// The 128 bits of an IPv6 address as a number. One of IPv4 is ::ffff:a.b.c.d, as no packet of IPv6
// may have it.
struct Address {
  uint64_t high = 0;
  uint64_t low = 0;

  [[nodiscard]] constexpr bool is_ipv4() const { return high == 0 && low >> 32 == 0xffff; }
  auto operator<=>(const Address&) const = default;
};

constexpr Address ipv4_address(uint32_t number) {
  return {0, uint64_t{0xffff} << 32 | number};
}

}  // namespace ricochet::reference

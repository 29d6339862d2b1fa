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

// The first bits of it as one of its family has them; the others are 0.
constexpr Address first_bits(const Address& address, uint32_t count) {
  constexpr uint32_t kBitsBeforeIpv4 = 96;
  const auto mask = [](uint32_t bits) { return bits == 0 ? 0 : ~uint64_t{0} << (64 - bits); };
  const uint32_t bits = count + (address.is_ipv4() ? kBitsBeforeIpv4 : 0);
  if (bits <= 64) return {address.high & mask(bits), 0};
  return {address.high, address.low & mask(bits - 64)};
}

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
// Addresses of the model and of the other tests, each in the terms of the other.
#pragma once

#include "address.h"
#include "ip_address.h"

namespace ricochet::test {

inline IpAddress translate(const reference::Address& address) {
  return IpAddress({static_cast<uint32_t>(address.high >> 32), static_cast<uint32_t>(address.high),
                    static_cast<uint32_t>(address.low >> 32), static_cast<uint32_t>(address.low)});
}

inline reference::Address translate(const IpAddress& address) {
  const auto half = [&](size_t first) {
    return uint64_t{address.words[first]} << 32 | address.words[first + 1];
  };
  return {half(0), half(2)};
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// Numbers in a frame, as the network has them. What would be behind its end is not written.
#pragma once

#include "frame_fields.h"

namespace ricochet::test {

inline constexpr uint16_t kIpv4Type = 0x0800;
inline constexpr uint16_t kIpv6Type = 0x86dd;

void set16(Bytes& frame, size_t at, uint32_t value);
void set32(Bytes& frame, size_t at, uint32_t value);
void set_address(Bytes& frame, size_t at, const reference::Address& address);

// Of an extension header of IPv6 that says so many units.
size_t extension_bytes(uint8_t type, uint8_t units);

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
//
// SQLite does not notice when a disk changes what it wrote, and a changed bucket would silently
// send connections to the wrong server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ricochet {

// FNV-1a, 64 bits; signed as SQLite's integers are.
inline int64_t checksum(std::span<const std::byte> bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) {
    hash = (hash ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  }
  return static_cast<int64_t>(hash);
}

inline int64_t checksum(std::string_view text) {
  return checksum(std::as_bytes(std::span(text)));
}

}  // namespace ricochet

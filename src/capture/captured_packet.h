// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "capture/verdict.h"

namespace ricochet {

enum class PacketDirection { in, out };

// One packet on one interface, as a capture shows it. bytes belong to whoever made it.
struct CapturedPacket {
  uint64_t time_ns = 0;  // since 1970, UTC
  uint32_t ifindex = 0;
  PacketDirection direction = PacketDirection::in;
  uint32_t packet_bytes = 0;       // on the wire; bytes may be fewer
  std::optional<Verdict> verdict;  // nothing: the record that carried it was lost
  std::span<const uint8_t> bytes;  // from the Ethernet header on
};

}  // namespace ricochet

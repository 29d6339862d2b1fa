// SPDX-License-Identifier: Apache-2.0
// What the tap is expected to show of one packet.
#pragma once

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <vector>

#include "outcome.h"
#include "tap_reader.h"

namespace ricochet::test {

// A record without its time and CPU.
struct Shown {
  rch_tap_direction direction = RCH_TAP_IN;
  uint32_t ifindex = 0;
  uint32_t verdict = 0;
  Bytes packet;
  uint32_t packet_bytes = 0;  // on the wire: the packet may be shown in part
  bool operator==(const Shown&) const = default;
};

inline Shown shown(rch_tap_direction direction, uint32_t ifindex, uint32_t verdict, Bytes packet) {
  Shown record{.direction = direction, .ifindex = ifindex, .verdict = verdict, .packet = {}};
  record.packet_bytes = static_cast<uint32_t>(packet.size());
  packet.resize(std::min<size_t>(packet.size(), RCH_TAP_SNAP_BYTES));
  record.packet = std::move(packet);
  return record;
}

inline std::vector<Shown> what_is_shown(TapReader& tap) {
  std::vector<Shown> all;
  for (const TapEntry& entry : tap.read()) {
    const rch_tap_record& record = entry.record;
    if (record.captured_bytes != entry.packet.size())
      throw std::runtime_error("a tap record that says it has another length than it has");
    all.push_back({.direction = static_cast<rch_tap_direction>(record.direction),
                   .ifindex = record.ifindex,
                   .verdict = record.verdict,
                   .packet = entry.packet,
                   .packet_bytes = record.packet_bytes});
  }
  return all;
}

inline std::ostream& operator<<(std::ostream& stream, const Shown& record) {
  static constexpr const char* kDirections[] = {"in", "out", "end"};
  return stream << kDirections[record.direction] << " at " << record.ifindex << ", verdict "
                << record.verdict << ", " << record.packet_bytes
                << " bytes:" << to_hex(record.packet);
}

}  // namespace ricochet::test

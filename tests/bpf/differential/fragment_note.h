// SPDX-License-Identifier: Apache-2.0
// The programs' notes about fragments, as bpf/fragment.h has them.
#pragma once

#include <arpa/inet.h>

#include "addresses.h"
#include "router_tables.h"

namespace ricochet::test {

struct FragmentNoteKey {
  rch_address source;
  rch_address destination;
  uint32_t identification;
  uint8_t protocol;
  uint8_t reserved[3];
};

struct FragmentNoteValue {
  uint32_t ports;  // as in a packet, the source first
  uint8_t protocol;
  uint8_t reserved[3];
};

// The identification is in network order, that of IPv4 as its 16 bits are.
inline FragmentNoteKey encode(const reference::FragmentKey& key) {
  const uint32_t id =
      key.destination.is_ipv4() ? htons(static_cast<uint16_t>(key.id)) : htonl(key.id);
  return {
      translate(key.source).encode(), translate(key.destination).encode(), id, key.protocol, {}};
}

inline FragmentNoteValue encode(const reference::FragmentNote& note) {
  return {htons(note.source_port) | static_cast<uint32_t>(htons(note.destination_port)) << 16,
          note.protocol,
          {}};
}

inline reference::FragmentNote decode(const FragmentNoteValue& value) {
  return {ntohs(static_cast<uint16_t>(value.ports)),
          ntohs(static_cast<uint16_t>(value.ports >> 16)), value.protocol};
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// The key of the programs' notes about fragments, as bpf/fragment.h has it.
#pragma once

#include <arpa/inet.h>

#include "headers.h"

namespace ricochet::test {

struct FragmentNoteKey {
  uint32_t source;
  uint32_t destination;
  uint16_t identification;
  uint8_t protocol;
  uint8_t reserved;
};

inline FragmentNoteKey encode(const reference::FragmentKey& key) {
  return {htonl(key.source), htonl(key.destination), htons(key.id), key.protocol, 0};
}

}  // namespace ricochet::test

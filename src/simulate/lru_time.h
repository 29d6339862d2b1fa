// SPDX-License-Identifier: Apache-2.0
//
// How long an entry stays in a table of flows of fixed size that evicts the least recently used.
#pragma once

#include <cstdint>
#include <span>

namespace ricochet {

// What uses an entry: packets that come evenly.
struct EntryUse {
  float gap_s = 1;
  uint32_t packets = 1;
};

// An entry is evicted when so many others have been used since its last packet as the table holds.
// With much traffic that takes always about the same time (Che's approximation): the time in which
// as many flows are active as there are entries. Returns it; at least time_s: nothing is evicted.
// uses: all flows that use the table within time_s, or a sample: each stands for `scale` of them.
double lru_time_s(std::span<const EntryUse> uses, double scale, double time_s, uint64_t entries);

}  // namespace ricochet

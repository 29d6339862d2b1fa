// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 5: which bucket a flow is in. A constant of the fleet: all routers of
// all versions place a flow alike.
#pragma once

#include "headers.h"

namespace ricochet::reference {

// Which part of a flow places it.
enum class Affinity { flow, source_ports, source, source_prefix };

// Of the whole fleet.
struct Placing {
  uint64_t seed = 0;
  // What source_prefix looks at.
  uint32_t source_bits = 32;
  uint32_t source_bits6 = 128;
  bool operator==(const Placing&) const = default;
};

uint64_t flow_hash(const Flow& flow, uint64_t seed);
// With any affinity but `flow` its upper half, which picks the bucket, is that of the part, and its
// lower half the upper one of the whole flow.
uint64_t placing_hash(const Flow& flow, Affinity affinity, const Placing& placing);
// In a table of so many buckets, a power of two.
size_t bucket_index(uint64_t flow_hash, size_t buckets);

}  // namespace ricochet::reference

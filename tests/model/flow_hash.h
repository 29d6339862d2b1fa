// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 5: which bucket a flow is in. A constant of the fleet: all routers of
// all versions place a flow alike.
#pragma once

#include "headers.h"

namespace ricochet::reference {

uint64_t flow_hash(const Flow& flow, uint64_t seed);
// In a table of so many buckets, a power of two.
size_t bucket_index(uint64_t flow_hash, size_t buckets);

}  // namespace ricochet::reference

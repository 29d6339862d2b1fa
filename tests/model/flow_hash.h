// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 5: which bucket a flow is in. A constant of the fleet: all routers of
// all versions place a flow alike.
#pragma once

#include "headers.h"

namespace ricochet::reference {

uint32_t flow_hash(const Flow& flow, uint64_t seed);

}  // namespace ricochet::reference

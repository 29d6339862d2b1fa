// SPDX-License-Identifier: Apache-2.0
//
// Configurations of a given size for the cases of the group `table`.
#pragma once

#include <cstdint>

#include "control/reachability.h"

namespace ricochet::bench {

inline constexpr const char* kPoolName = "web";

Pool pool_of(uint32_t backends);
// The same without the backend in its middle.
Pool without_one(const Pool& pool);
// The record that gives the state's pool these members.
Generation change_to(const RouterState& state, const Pool& pool);
// Services of one pool, each with an address of its own.
Services services_of(uint32_t count);
// A network in which the neighbour of every backend of the pool is known.
LearnedNeighbours network_of(const Pool& pool);

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
//
// One record of the log. The log of generations is the truth: tables are a fold over it.
#pragma once

#include <cstdint>
#include <set>

#include "model/state.h"

namespace ricochet {

struct Generation {
  uint64_t number = 0;  // 1 for the first, then without gaps
  // Every service with at least one backend; a service that is not here has lost all of them.
  Services services;
  // Backends of the services and of older generations that had no neighbour when this one was
  // made. Which owners a full bucket forgets depends on it, so a fold needs it to be repeatable.
  std::set<Ipv4Address> unreachable;
  // Forget every table and every owner first (`ricochet clear`).
  bool clears_history = false;

  bool operator==(const Generation&) const = default;
};

}  // namespace ricochet

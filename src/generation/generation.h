// SPDX-License-Identifier: Apache-2.0
//
// One record of the log. The log of generations is the truth: tables are a fold over it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "model/difference.h"
#include "placement/bucket.h"

namespace ricochet {

struct Generation {
  uint64_t number = 0;  // 1 for the first, then without gaps
  int64_t time_ms = 0;  // since 1970 in UTC; for people, the fold does not look at it
  std::string cause;    // "apply", "neighbours" ...: for people, too
  Difference difference;
  // Backends, those of older generations included, that had no neighbour when this was made.
  // Placement leaves them out and a full bucket forgets them first, so a fold needs them to be
  // repeatable.
  std::set<Address> unreachable;
  // An install as the ECMP-ER paper has it: current tables become the previous ones, also those
  // that do not change. Only pools with the history `two-tables` heed it.
  bool shifts = false;
  // Forget every table and every owner first (`ricochet clear`).
  bool clears_history = false;
  // What the step did. Kept because older tables, from which it follows, are not.
  ChangeCost cost;

  bool operator==(const Generation&) const = default;
};

}  // namespace ricochet

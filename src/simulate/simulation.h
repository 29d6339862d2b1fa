// SPDX-License-Identifier: Apache-2.0
//
// A run: flows, what happens to the fleet, and each scheme on the same of both.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulate/churn.h"
#include "simulate/scheme.h"

namespace ricochet {

struct SchemeResult {
  std::string scheme;
  Tally tally;
  double peak_bounced_share = 0;  // of the packets of a half minute
  ChangeCost cost;                // of all changes; of buckets of the scheme's own table
  double peak_load = 0;
  uint32_t idle_backends = 0;
  uint64_t table_bytes = 0;
  uint64_t memory_bytes = 0;  // of what it notes about flows

  bool operator==(const SchemeResult&) const = default;
};

// One scheme after the other is taken by each of `threads`; what comes of it does not depend on
// their number. Results in the order of `schemes`, which are of scheme_names().
std::vector<SchemeResult> simulate(std::span<const Flow> flows,
                                   const std::vector<FleetChange>& changes,
                                   std::span<const std::string> schemes,
                                   const SchemeOptions& options, unsigned threads);

}  // namespace ricochet

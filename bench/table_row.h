// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stopwatch.h"

namespace ricochet::bench {

// Of several runs of the same.
struct Timing {
  double median_ms = 0;
  double fastest_ms = 0;
};

// `runs` is not empty.
Timing timing_of(std::vector<Milliseconds> runs);

// One figure of the group `table`: a time, or else an amount of memory.
struct TableRow {
  std::string name;  // "build/maglev/1000"
  std::optional<Timing> timing = {};
  uint64_t bytes = 0;
};

}  // namespace ricochet::bench

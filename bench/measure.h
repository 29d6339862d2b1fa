// SPDX-License-Identifier: Apache-2.0
//
// The schedule of a run, and what becomes of its figures.
//
// The harness itself costs the one or about the double of it, as the machine pleases, for tens of
// milliseconds at a time. So each segment of a case lies between two segments of the harness alone,
// which tell how the machine was then: quiet if both were near the harness's best, busy if both
// were far from it. The case's own time never decides.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "packet_case.h"
#include "test_run.h"
#include "util/result.h"

namespace ricochet::bench {

struct Effort {
  uint32_t rounds;        // of all cases in turn
  uint32_t rounds_max;    // while a case has too few quiet segments
  uint32_t packets;       // in a segment of a case
  uint32_t idle_packets;  // in a segment of the harness alone
};
inline constexpr Effort kQuickEffort{
    .rounds = 9, .rounds_max = 18, .packets = 50'000, .idle_packets = 25'000};
inline constexpr Effort kFullEffort{
    .rounds = 9, .rounds_max = 18, .packets = 400'000, .idle_packets = 100'000};

// Of the segments of one kind, in ns for each packet, net of the harness.
struct Summary {
  double median = 0;
  double lower_quartile = 0;
  double upper_quartile = 0;
  size_t segments = 0;
};

struct Measured {
  std::string name;
  uint32_t flows = 0;
  std::optional<Summary> quiet;  // none: no quiet segment, or the case has an obstacle
  std::optional<Summary> busy;
  std::string obstacle;
};

struct Measurement {
  bool real_time = false;      // had its core for itself, see measure()
  double harness_ns = 0;       // at its best: the 5th percentile
  double quiet_share = 0;      // of all segments
  std::vector<Measured> rows;  // in the order of the cases
};

// Runs with real-time priority where it may: others on the same core would empty the caches that a
// table fills, and the harness alone, which needs none, would not show it.
// progress is told the share of the rounds done, 0..1.
Result<Measurement> measure(TestRun& harness, const std::vector<PacketCase>& cases,
                            const Effort& effort, const std::function<void(double)>& progress);

}  // namespace ricochet::bench

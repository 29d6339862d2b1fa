// SPDX-License-Identifier: Apache-2.0
//
// The connections of a simulation. How long they live and how often they send is drawn; within a
// connection packets come evenly, so that how many of them fall into a stretch of time is a
// subtraction.
#pragma once

#include <cstdint>
#include <vector>

namespace ricochet {

struct Flow {
  double start_s = 0;    // of its first packet, which opens it
  float gap_s = 1;       // between two packets
  uint32_t packets = 2;  // at least the first and the last
  uint32_t hash = 0;     // names its bucket in every table

  [[nodiscard]] double end_s() const { return start_s + double{gap_s} * (packets - 1); }
  // Of its packets, those before that time.
  [[nodiscard]] uint32_t packets_before(double time_s) const;
};

// Durations: bounded Pareto, half of them under 5 s, one in a hundred over 5 minutes, mean 20 s.
inline constexpr double kDurationMinS = 2;
inline constexpr double kDurationMaxS = 3600;
inline constexpr double kDurationShape = 0.9;
// Gaps between packets: the logarithm is uniform. The longest is a usual keep-alive interval.
inline constexpr double kGapMinS = 0.001;
inline constexpr double kGapMaxS = 60;

// `count` flows in the order of their starts, which come at random at an even rate within time_s.
std::vector<Flow> make_flows(uint64_t count, double time_s, uint64_t seed);

}  // namespace ricochet

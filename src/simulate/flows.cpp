// SPDX-License-Identifier: Apache-2.0
#include "simulate/flows.h"

#include <algorithm>
#include <cmath>

#include "simulate/random.h"

namespace ricochet {

uint32_t Flow::packets_before(double time_s) const {
  const double count = std::ceil((time_s - start_s) / gap_s);
  return static_cast<uint32_t>(std::clamp(count, 0.0, static_cast<double>(packets)));
}

std::vector<Flow> make_flows(uint64_t count, double time_s, uint64_t seed) {
  Random random(seed);
  std::vector<Flow> flows(count);
  double start_s = 0;
  for (Flow& flow : flows) {
    start_s += random.exponential(time_s / static_cast<double>(count));
    const double duration_s = random.bounded_pareto(kDurationMinS, kDurationMaxS, kDurationShape);
    const double gap_s = std::min(random.log_uniform(kGapMinS, kGapMaxS), duration_s);
    flow.start_s = start_s;
    flow.gap_s = static_cast<float>(gap_s);
    flow.packets = 1 + static_cast<uint32_t>(duration_s / gap_s);
    flow.hash = static_cast<uint32_t>(random.bits());
  }
  return flows;
}

}  // namespace ricochet

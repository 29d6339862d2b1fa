// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "simulate/churn.h"
#include "simulate/flows.h"

namespace ricochet {

inline constexpr double kWindowS = 30;
inline constexpr size_t kWindows = static_cast<size_t>(kSimulatedTimeS / kWindowS);

// Packets by the half minute in which they came; what comes after the simulated time is left out.
class PacketWindows {
 public:
  // Of a flow, packets `first` to `last` - 1.
  void add(const Flow& flow, uint32_t first, uint32_t last) {
    auto window = static_cast<size_t>((flow.start_s + double{flow.gap_s} * first) / kWindowS);
    while (first < last && window < kWindows) {
      const uint32_t until =
          std::min(last, flow.packets_before(kWindowS * static_cast<double>(window + 1)));
      if (first < until) packets_[window] += until - first;
      first = std::max(first, until);
      ++window;
    }
  }

  [[nodiscard]] uint64_t operator[](size_t window) const { return packets_[window]; }

 private:
  std::array<uint64_t, kWindows> packets_{};
};

}  // namespace ricochet

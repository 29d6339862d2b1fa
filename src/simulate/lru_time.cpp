// SPDX-License-Identifier: Apache-2.0
#include "simulate/lru_time.h"

#include <algorithm>

namespace ricochet {
namespace {

constexpr int kHalvings = 40;  // of the time, until it is exact enough

// How many flows had a packet within the last age_s, on average over time_s: each packet makes its
// flow one of them until the next one comes, or for age_s.
double mean_active(std::span<const EntryUse> uses, double time_s, double age_s) {
  double sum_s = 0;
  for (const EntryUse& use : uses) {
    sum_s += (use.packets - 1) * std::min<double>(use.gap_s, age_s) + age_s;
  }
  return sum_s / time_s;
}

}  // namespace

double lru_time_s(std::span<const EntryUse> uses, double scale, double time_s, uint64_t entries) {
  const double entries_of_sample = static_cast<double>(entries) / scale;
  double low_s = 0;
  double high_s = time_s;
  if (mean_active(uses, time_s, high_s) <= entries_of_sample) return time_s;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle_s = (low_s + high_s) / 2;
    if (mean_active(uses, time_s, middle_s) <= entries_of_sample) {
      low_s = middle_s;
    } else {
      high_s = middle_s;
    }
  }
  return low_s;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace ricochet {

// A bijection in which every input bit reaches every output bit: the finaliser of splitmix64.
inline uint64_t mix_bits(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// The same numbers from the same seed: splitmix64, and distributions that are written out because
// those of the standard library differ between libraries.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t bits() { return mix_bits(state_ += 0x9e3779b97f4a7c15); }

  // In [0, 1).
  double unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  double exponential(double mean) { return -mean * std::log(1 - unit()); }

  // Between min and max, the logarithm evenly.
  double log_uniform(double min, double max) {
    return min * std::exp(unit() * std::log(max / min));
  }

  // Heavy-tailed: the share of values above x falls as x^-shape, cut at max.
  double bounded_pareto(double min, double max, double shape) {
    const double kept = 1 - std::pow(min / max, shape);
    return min * std::pow(1 - unit() * kept, -1 / shape);
  }

 private:
  uint64_t state_;
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// Whether counts are as even as chance would make them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace ricochet::test {

// Chi-square has mean n - 1 and variance 2 (n - 1); five standard deviations above is no longer
// chance.
inline ::testing::AssertionResult is_even(const std::vector<uint32_t>& counts) {
  const double expected =
      std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  const double freedom = static_cast<double>(counts.size()) - 1;
  const double most = freedom + 5 * std::sqrt(2 * freedom);
  double chi_square = 0;
  for (const uint32_t count : counts)
    chi_square += (count - expected) * (count - expected) / expected;
  if (chi_square < most) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "chi-square is " << chi_square << ", not below " << most;
}

}  // namespace ricochet::test

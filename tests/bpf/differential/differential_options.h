// SPDX-License-Identifier: Apache-2.0
// How long a differential run is, and which one; from the environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ricochet::test {

struct DifferentialOptions {
  uint64_t packets = 0;
  uint64_t seed = 1;
  std::optional<uint64_t> only_case;  // nothing but this packet
};

// RICOCHET_DIFFERENTIAL_PACKETS (else `packets`), _SEED and _CASE. What is no number:
// std::invalid_argument.
DifferentialOptions differential_options(uint64_t packets);

// The command that runs one case of a test again.
std::string rerun_command(const std::string& test, uint64_t seed, uint64_t number);

}  // namespace ricochet::test

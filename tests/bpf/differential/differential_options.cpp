// SPDX-License-Identifier: Apache-2.0
#include "differential_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace ricochet::test {
namespace {

constexpr const char* kPackets = "RICOCHET_DIFFERENTIAL_PACKETS";
constexpr const char* kSeed = "RICOCHET_DIFFERENTIAL_SEED";
constexpr const char* kCase = "RICOCHET_DIFFERENTIAL_CASE";

std::optional<uint64_t> number_of(const char* variable) {
  const char* value = std::getenv(variable);
  if (!value) return std::nullopt;
  const std::string_view text = value;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("{} is no number: '{}'", variable, text));
  return number;
}

}  // namespace

DifferentialOptions differential_options(uint64_t packets) {
  return {.packets = number_of(kPackets).value_or(packets),
          .seed = number_of(kSeed).value_or(1),
          .only_case = number_of(kCase)};
}

std::string rerun_command(const std::string& test, uint64_t seed, uint64_t number) {
  return fmt::format("{}={} {}={} ricochet_differential_tests --gtest_filter={}", kSeed, seed,
                     kCase, number, test);
}

}  // namespace ricochet::test

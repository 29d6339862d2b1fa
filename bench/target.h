// SPDX-License-Identifier: Apache-2.0
//
// What a figure shall be at most.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ricochet::bench {

struct Target {
  std::string name;  // with the unit: "history over no-history, 1M flows, ns"
  double limit;
  double value;

  [[nodiscard]] bool met() const { return value <= limit; }
};

// A line for each target, "met" or "MISSED", under `title`; nothing without targets.
std::string format_targets(const std::vector<Target>& targets, const std::string& title);
nlohmann::json to_json(const std::vector<Target>& targets);

}  // namespace ricochet::bench

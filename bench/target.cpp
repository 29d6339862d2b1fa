// SPDX-License-Identifier: Apache-2.0
#include "target.h"

#include <fmt/format.h>

namespace ricochet::bench {

std::string format_targets(const std::vector<Target>& targets, const std::string& title) {
  if (targets.empty()) return {};
  std::string text = "\n" + title + "\n";
  for (const Target& target : targets) {
    text += fmt::format("  {:<40}{:>6.1f}, at most {:<5}{}\n", target.name, target.value,
                        target.limit, target.met() ? "met" : "MISSED");
  }
  return text;
}

nlohmann::json to_json(const std::vector<Target>& targets) {
  nlohmann::json json = nlohmann::json::array();
  for (const Target& target : targets) {
    json.push_back({{"name", target.name},
                    {"limit", target.limit},
                    {"value", target.value},
                    {"met", target.met()}});
  }
  return json;
}

}  // namespace ricochet::bench

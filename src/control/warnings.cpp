// SPDX-License-Identifier: Apache-2.0
#include "control/warnings.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace ricochet {
namespace {

// Owners that a change forgets though they may hold connections. Without history every change does
// so by design, and nobody wants to read it.
uint32_t broken_promises(const Pools& before, const Step& step) {
  uint32_t forgotten = 0;
  for (const auto& [name, cost] : step.costs) {
    const auto pool = before.find(name);  // a new one has nothing to forget
    const bool without_history =
        pool == before.end() || pool->second.table.history == HistoryPolicy::none;
    if (!without_history) forgotten += cost.history_evicted_live;
  }
  return forgotten;
}

// Of these services flows go to other buckets, whose owners do not know them.
std::vector<std::string> other_affinities(const Difference& difference) {
  std::vector<std::string> names;
  for (const auto& [key, change] : difference.services) {
    const bool stays = change.before && change.after;
    if (stays && change.before->options.affinity != change.after->options.affinity) {
      names.push_back(to_string(key));
    }
  }
  return names;
}

// "10.0.0.1, 10.0.0.2", or the first of many and how many more there are.
std::string some_of(std::span<const std::string> names) {
  constexpr size_t kNamedMax = 5;
  const auto named = names.first(std::min(names.size(), kNamedMax));
  std::string text = fmt::format("{}", fmt::join(named, ", "));
  if (named.size() < names.size()) text += fmt::format(" and {} more", names.size() - named.size());
  return text;
}

}  // namespace

std::vector<std::string> warnings_of(const RouterState& before, const Generation& generation,
                                     const Step& step) {
  std::vector<std::string> warnings;
  if (const uint32_t forgotten = broken_promises(before.configuration.pools, step);
      forgotten != 0) {
    warnings.push_back(fmt::format(
        "generation {} makes buckets forget {} owners that may still hold connections: those break",
        generation.number, forgotten));
  }
  if (const auto names = other_affinities(generation.difference); !names.empty()) {
    warnings.push_back(fmt::format(
        "another affinity sends flows to other servers: connections of {} break", some_of(names)));
  }
  for (const auto& [name, pool] : step.state.configuration.pools) {
    std::vector<std::string> left_out;
    bool agentless = false;
    for (const Backend& backend : pool.backends) {
      agentless |= backend.agent == AgentUse::none;
      const bool lost = backend.address && generation.unreachable.contains(*backend.address);
      if (lost && backend.state == BackendState::active)
        left_out.push_back(name_of(backend.address));
    }
    if (!left_out.empty()) {
      warnings.push_back(
          fmt::format("pool {}: no neighbour is known for {}: no new connections there", name,
                      some_of(left_out)));
    }
    const auto cost = step.costs.find(name);
    if (agentless && cost != step.costs.end() && cost->second.buckets_moved != 0) {
      warnings.push_back(fmt::format(
          "pool {}: connections of buckets that move to a backend without an agent break", name));
    }
  }
  return warnings;
}

}  // namespace ricochet

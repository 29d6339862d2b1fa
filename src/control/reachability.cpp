// SPDX-License-Identifier: Apache-2.0
#include "control/reachability.h"

#include <fmt/format.h>

namespace ricochet {
namespace {

// Calls visit(address) for every backend that has one, some of them more than once.
template <class Visit>
void for_each_backend(const Configuration& configuration, const BackendAddresses& remembered,
                      Visit visit) {
  for (const auto& [name, pool] : configuration.pools) {
    for (const Backend& backend : pool.backends) {
      if (backend.address) visit(*backend.address);
    }
  }
  for (const auto& [id, address] : remembered) {
    if (address) visit(*address);
  }
}

}  // namespace

Neighbours usable_neighbours(const Configuration& configuration, const Neighbours& learned,
                             const std::set<std::string>& ports) {
  Neighbours usable = configuration.neighbours;
  usable.insert(learned.begin(), learned.end());
  std::erase_if(usable, [&](const auto& entry) { return !ports.contains(entry.second.interface); });
  return usable;
}

std::set<Address> unreachable_backends(const Configuration& configuration,
                                       const BackendAddresses& remembered,
                                       const Neighbours& usable) {
  std::set<Address> unreachable;
  for_each_backend(configuration, remembered, [&](Address address) {
    if (!usable.contains(address)) unreachable.insert(address);
  });
  return unreachable;
}

std::set<Address> addresses_to_resolve(const Configuration& configuration,
                                       const BackendAddresses& remembered) {
  std::set<Address> wanted;
  for_each_backend(configuration, remembered, [&](Address address) {
    if (!configuration.neighbours.contains(address)) wanted.insert(address);
  });
  return wanted;
}

std::string why_not_eligible(const Backend& backend, const RouterState& state,
                             const LearnedNeighbours& learned) {
  if (backend.state != BackendState::active) return to_string(backend.state);
  if (!backend.address || !state.unreachable.contains(*backend.address)) return {};
  const auto fixed = state.configuration.neighbours.find(*backend.address);
  if (fixed != state.configuration.neighbours.end()) {
    return fmt::format("its neighbour is on {}, which is no port of this router that is there",
                       fixed->second.interface);
  }
  const auto problem = learned.problems.find(*backend.address);
  return fmt::format("its neighbour is not known: {}", problem == learned.problems.end()
                                                           ? "it does not answer ARP"
                                                           : problem->second);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Which backends can be reached, and why another cannot. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "generation/router_state.h"

namespace ricochet {

// What the kernel's neighbour table says of the router's ports.
struct LearnedNeighbours {
  Neighbours neighbours;
  std::map<Address, std::string> problems;  // why one is not looked for, for people

  bool operator==(const LearnedNeighbours&) const = default;
};

// The next hops that packets can be sent to: static ones before learned ones, and only those
// behind one of these ports of the router.
Neighbours usable_neighbours(const Configuration& configuration, const Neighbours& learned,
                             const std::set<std::string>& ports);

// Backends of the configuration and remembered ones that are not in `usable`.
std::set<Address> unreachable_backends(const Configuration& configuration,
                                       const BackendAddresses& remembered,
                                       const Neighbours& usable);

// Addresses that the kernel shall resolve: every backend that no static neighbour names.
std::set<Address> addresses_to_resolve(const Configuration& configuration,
                                       const BackendAddresses& remembered);

// Why the backend gets no new connections: "draining", "its neighbour is not known: ...". Empty:
// it gets some.
std::string why_not_eligible(const Backend& backend, const RouterState& state,
                             const LearnedNeighbours& learned);

}  // namespace ricochet

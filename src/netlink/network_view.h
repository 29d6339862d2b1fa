// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "netlink/messages.h"

namespace ricochet {

// The same address may be a neighbour at several interfaces.
struct NeighbourKey {
  uint32_t ifindex = 0;
  Address address;

  auto operator<=>(const NeighbourKey&) const = default;
};

// The interfaces of a network namespace and the neighbours that the kernel has resolved. Pure.
struct NetworkView {
  std::map<uint32_t, Link> links;  // by ifindex
  std::map<NeighbourKey, MacAddress> neighbours;

  // Takes in a message of a dump or an event; others than those of links and neighbours are passed
  // over. Returns whether the view is another one now.
  bool apply(nlmsghdr& message);

  bool operator==(const NetworkView&) const = default;
};

}  // namespace ricochet

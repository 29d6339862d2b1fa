// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "netlink/network_view.h"
#include "netlink/route_socket.h"
#include "util/result.h"

namespace ricochet {

// Has the kernel keep addresses resolved, by entries of its neighbour table that it manages: it
// resolves them, probes them before they get old, and tries again every 5 s or so when nobody
// answers. They carry kProberProtocol, by which a later process knows them again; one namespace has
// one prober. For one thread at a time.
//
// Never touched are entries that an operator or another program looks after: permanent ones, those
// without ARP, learned ones, and managed ones of others.
class Prober {
 public:
  // Of the network namespace of the caller.
  static Result<Prober> open();

  // The interface (ifindex) at which each address is a neighbour, or why it is none.
  using Places = std::map<Address, Result<uint32_t>>;

  // Has these addresses kept resolved, each at the interface to which the route to it leads, and no
  // others any longer (the entries of those stay, and age as any does). An address with a permanent
  // entry is where that is. To be called again when interfaces, routes or neighbours have changed:
  // the kernel drops entries when an interface goes down. Fails if the kernel's table cannot be
  // read.
  Result<Places> want(const std::set<Address>& addresses);

 private:
  using Entries = std::map<NeighbourKey, KernelNeighbour>;

  explicit Prober(RouteSocket socket) : socket_(std::move(socket)) {}
  Result<Entries> read_entries();
  Result<uint32_t> find_interface(Address address);
  Result<void> keep_resolved(const NeighbourKey& key, const Entries& entries);
  void release(const NeighbourKey& key);

  RouteSocket socket_;
};

// The "protocol" (who made it) of the entries of a Prober; `ip neighbour show protocol 113`.
inline constexpr uint8_t kProberProtocol = 113;

}  // namespace ricochet

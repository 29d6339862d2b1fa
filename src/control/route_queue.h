// SPDX-License-Identifier: Apache-2.0
//
// Changes of routes that wait for the next install: the ECMP-ER paper's way to change a
// configuration.
#pragma once

#include <string>
#include <vector>

#include "model/configuration.h"

namespace ricochet {

// A service has a backend: the unit in which the paper's controller changes services.
struct Route {
  ServiceKey service;
  std::optional<Address> nexthop;  // nothing: `connected`
  uint32_t weight = 1;
};

// "10.0.10.0/32 to 10.0.0.1", "10.0.1.0/24 to connected", "10.0.10.0/32 tcp port 80 to 10.0.0.1".
std::string to_string(const Route& route);

// The pool that the first route of a service makes: "route-10.0.10.0-32", "route-10.0.10.0-80-tcp".
std::string route_pool_name(const ServiceKey& service);

class RouteQueue {
 public:
  // Both refuse a route that the same queue has already, whatever its weight, and one that no
  // service could have.
  Result<void> add(const Route& route);
  Result<void> remove(const Route& route);

  // All additions, then all removals. Adding a route to an unknown service makes the service and
  // its pool, with these options; adding one that is there sets its weight; removing one that is
  // not there does nothing. A pool stays when its last backend is removed, so that connections do.
  void apply_to(Configuration& configuration, const TableOptions& new_pools) const;

  void clear();
  [[nodiscard]] bool empty() const { return additions_.empty() && removals_.empty(); }
  [[nodiscard]] const std::vector<Route>& additions() const { return additions_; }
  [[nodiscard]] const std::vector<Route>& removals() const { return removals_; }

 private:
  std::vector<Route> additions_;
  std::vector<Route> removals_;
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Changes of routes that wait for the next install.
#pragma once

#include <string>
#include <vector>

#include "model/state.h"

namespace ricochet {

// A service has a backend: the unit in which services are changed.
struct Route {
  ServiceKey service;
  Backend backend;
};

// "10.0.10.0/32 to 10.0.0.1", "10.0.1.0/24 to connected".
std::string to_string(const Route& route);

class RouteQueue {
 public:
  // Both refuse a route that the same queue has already, whatever its weight, and one that no
  // service could have.
  Result<void> add(const Route& route);
  Result<void> remove(const Route& route);

  // The services after all additions, then all removals. Adding a route that is there sets its
  // weight; removing one that is not there does nothing. Services without backends are left out.
  [[nodiscard]] Services apply_to(Services services) const;

  void clear();
  [[nodiscard]] bool empty() const { return additions_.empty() && removals_.empty(); }
  [[nodiscard]] const std::vector<Route>& additions() const { return additions_; }
  [[nodiscard]] const std::vector<Route>& removals() const { return removals_; }

 private:
  std::vector<Route> additions_;
  std::vector<Route> removals_;
};

}  // namespace ricochet

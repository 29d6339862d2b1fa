// SPDX-License-Identifier: Apache-2.0
#include "control/route_queue.h"

#include <algorithm>

namespace ricochet {
namespace {

bool same_ends(const Route& a, const Route& b) {
  return a.service == b.service && a.backend.address == b.backend.address;
}

Result<void> append(std::vector<Route>& queue, const Route& route) {
  if (auto valid = validate(Services{{route.service, Pool{{route.backend}}}}); !valid) return valid;
  if (std::ranges::any_of(queue, [&](const Route& queued) { return same_ends(queued, route); })) {
    return error("Route: {} is already queued: install first", to_string(route));
  }
  queue.push_back(route);
  return {};
}

}  // namespace

std::string to_string(const Route& route) {
  return fmt::format("{} to {}", to_string(route.service),
                     route.backend.address ? route.backend.address->to_string() : "connected");
}

Result<void> RouteQueue::add(const Route& route) {
  return append(additions_, route);
}

Result<void> RouteQueue::remove(const Route& route) {
  return append(removals_, route);
}

Services RouteQueue::apply_to(Services services) const {
  for (const Route& route : additions_) {
    auto& backends = services[route.service].backends;
    const auto found = std::ranges::find(backends, route.backend.address, &Backend::address);
    if (found == backends.end()) {
      backends.push_back(route.backend);
    } else {
      found->weight = route.backend.weight;
    }
  }
  for (const Route& route : removals_) {
    const auto service = services.find(route.service);
    if (service == services.end()) continue;
    std::erase_if(service->second.backends,
                  [&](const Backend& backend) { return backend.address == route.backend.address; });
  }
  std::erase_if(services, [](const auto& service) { return service.second.backends.empty(); });
  return services;
}

void RouteQueue::clear() {
  additions_.clear();
  removals_.clear();
}

}  // namespace ricochet

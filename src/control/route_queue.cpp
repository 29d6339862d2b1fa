// SPDX-License-Identifier: Apache-2.0
#include "control/route_queue.h"

#include <algorithm>

namespace ricochet {
namespace {

bool same_ends(const Route& a, const Route& b) {
  return a.service == b.service && a.nexthop == b.nexthop;
}

// A configuration of this route alone says whether a service could have it.
Result<void> check(const Route& route) {
  const std::string pool = route_pool_name(route.service);
  const Configuration alone{
      .pools = {{pool,
                 {.table = {}, .backends = {{.address = route.nexthop, .weight = route.weight}}}}},
      .services = {{route.service, {pool}}},
      .neighbours = {}};
  const auto found = find_invalid(alone);
  if (!found) return {};
  return error("service {}: {}", to_string(route.service), found->message);
}

Result<void> append(std::vector<Route>& queue, const Route& route) {
  if (auto valid = check(route); !valid) return valid;
  if (std::ranges::any_of(queue, [&](const Route& queued) { return same_ends(queued, route); })) {
    return error("Route: {} is already queued: install first", to_string(route));
  }
  queue.push_back(route);
  return {};
}

void add_to(Configuration& configuration, const Route& route, const TableOptions& new_pools) {
  const auto [service, is_new] =
      configuration.services.try_emplace(route.service, Service{route_pool_name(route.service)});
  const auto [pool, made] = configuration.pools.try_emplace(service->second.pool);
  if (made) pool->second.table = new_pools;
  if (Backend* backend = find_backend(pool->second, route.nexthop)) {
    backend->weight = route.weight;
    backend->state = BackendState::active;
  } else {
    pool->second.backends.push_back({.address = route.nexthop, .weight = route.weight});
  }
}

void remove_from(Configuration& configuration, const Route& route) {
  const auto service = configuration.services.find(route.service);
  if (service == configuration.services.end()) return;
  std::erase_if(configuration.pools.at(service->second.pool).backends,
                [&](const Backend& backend) { return backend.address == route.nexthop; });
}

}  // namespace

std::string to_string(const Route& route) {
  const ServiceKey& service = route.service;
  const std::string ports =
      service.port == 0 ? ""
                        : fmt::format(" {} port {}", to_string(service.protocol), service.port);
  return fmt::format("{}{} to {}", service.prefix.to_string(), ports, name_of(route.nexthop));
}

std::string route_pool_name(const ServiceKey& service) {
  std::string address = service.prefix.address().to_string();
  std::ranges::replace(address, ':', '.');  // which names of pools do not have
  if (service.port == 0) return fmt::format("route-{}-{}", address, service.prefix.length());
  return fmt::format("route-{}-{}-{}", address, service.port, to_string(service.protocol));
}

Result<void> RouteQueue::add(const Route& route) {
  return append(additions_, route);
}

Result<void> RouteQueue::remove(const Route& route) {
  return append(removals_, route);
}

void RouteQueue::apply_to(Configuration& configuration, const TableOptions& new_pools) const {
  for (const Route& route : additions_) add_to(configuration, route, new_pools);
  for (const Route& route : removals_) remove_from(configuration, route);
}

void RouteQueue::clear() {
  additions_.clear();
  removals_.clear();
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Comparison of a state with what a data plane holds.
#pragma once

#include <gtest/gtest.h>

#include "../generation/states.h"
#include "fake_dataplane.h"
#include "generation/router_state.h"

namespace ricochet {

inline void expect_holds_backends(const FakeDataplane& dataplane, const RouterState& state,
                                  const Neighbours& usable) {
  std::map<std::optional<Address>, const Backend*> members;
  for (const auto& [name, pool] : state.configuration.pools) {
    for (const Backend& backend : pool.backends) members[backend.address] = &backend;
  }
  BackendAddresses held;
  for (const auto& [id, entry] : dataplane.backends) {
    held[id] = entry.address;
    if (!entry.address) continue;
    const auto known = usable.find(*entry.address);
    const auto member = members.find(entry.address);
    const bool dead = member != members.end() && member->second->state == BackendState::dead;
    EXPECT_EQ(entry.nexthop.has_value(), known != usable.end() && !dead) << id;
    if (entry.nexthop && known != usable.end()) {
      EXPECT_EQ(*entry.nexthop, dataplane.nexthop(known->second));
    }
    EXPECT_EQ(entry.has_agent,
              member == members.end() || member->second->agent == AgentUse::required);
  }
  EXPECT_EQ(held, state.backends);
}

inline void expect_holds_quic_ids(const FakeDataplane& dataplane, const RouterState& state) {
  size_t ids = 0;
  for (const auto& [name, pool] : state.configuration.pools) {
    for (const Backend& backend : pool.backends) {
      if (!backend.quic_id) continue;
      ++ids;
      const PoolIndex index = state.pools.at(name).index;
      const auto found =
          dataplane.quic_servers.find({.pool = index, .id = backend.quic_id->number()});
      ASSERT_NE(found, dataplane.quic_servers.end()) << name;
      EXPECT_EQ(state.backends.at(found->second), backend.address);
      EXPECT_EQ(dataplane.quic_id_bytes.at(index), backend.quic_id->bytes());
    }
  }
  EXPECT_EQ(dataplane.quic_servers.size(), ids);
}

// The data plane holds exactly this and nothing forbidden happened on the way.
inline void expect_holds(const FakeDataplane& dataplane, const RouterState& state,
                         const Neighbours& usable) {
  EXPECT_EQ(dataplane.violations, std::vector<std::string>{});
  std::map<Address, NextHop> nexthops;
  for (const auto& [address, neighbour] : usable) nexthops[address] = dataplane.nexthop(neighbour);
  EXPECT_EQ(dataplane.neighbours, nexthops);

  size_t tables = 0;
  for (const auto& [name, pool] : state.pools) {
    EXPECT_EQ(dataplane.live_buckets(pool.index), pool.table->buckets) << name;
    tables += pool.table->buckets.empty() ? 0 : 1;
  }
  EXPECT_EQ(dataplane.pool_count(), tables);

  std::map<ServiceKey, ServiceTarget> services;
  for (const auto& [key, service] : state.configuration.services) {
    ServiceKey one = key;
    one.last_port = 0;
    const uint32_t last = std::max(key.port, key.last_port);
    for (uint32_t port = key.port; port <= last; ++port) {
      one.port = static_cast<uint16_t>(port);
      services[one] = {.pool = state.pools.at(service.pool).index, .options = service.options};
    }
  }
  EXPECT_EQ(dataplane.services, services);
  expect_holds_backends(dataplane, state, usable);
  expect_holds_quic_ids(dataplane, state);
}

}  // namespace ricochet

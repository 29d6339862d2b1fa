// SPDX-License-Identifier: Apache-2.0
//
// Comparisons of whole states, by what they mean.
#pragma once

#include <gtest/gtest.h>

#include "control/router_state.h"
#include "fake_dataplane.h"

namespace ricochet {

inline void expect_same_state(const RouterState& actual, const RouterState& expected) {
  EXPECT_EQ(actual.generation, expected.generation);
  EXPECT_EQ(actual.backends, expected.backends);
  ASSERT_EQ(actual.pools.size(), expected.pools.size());
  for (const auto& [key, pool] : expected.pools) {
    const auto found = actual.pools.find(key);
    ASSERT_NE(found, actual.pools.end()) << to_string(key);
    EXPECT_EQ(found->second.index, pool.index) << to_string(key);
    EXPECT_EQ(found->second.members, pool.members) << to_string(key);
    EXPECT_EQ(*found->second.table, *pool.table) << to_string(key);
  }
}

// The data plane holds exactly this and nothing forbidden happened on the way.
inline void expect_holds(const FakeDataplane& dataplane, const RouterState& state,
                         const Neighbours& neighbours) {
  EXPECT_EQ(dataplane.violations, std::vector<std::string>{});
  EXPECT_EQ(dataplane.neighbours, neighbours);
  EXPECT_EQ(dataplane.pool_count(), state.pools.size());
  std::map<ServiceKey, PoolIndex> services;
  for (const auto& [key, pool] : state.pools) {
    services[key] = pool.index;
    EXPECT_EQ(dataplane.live_buckets(pool.index), pool.table->buckets) << to_string(key);
  }
  EXPECT_EQ(dataplane.services, services);

  std::map<BackendId, std::optional<Ipv4Address>> backends;
  for (const auto& [id, entry] : dataplane.backends) {
    backends[id] = entry.address;
    if (!entry.address) continue;
    const auto known = neighbours.find(*entry.address);
    EXPECT_EQ(entry.neighbour.has_value(), known != neighbours.end()) << id;
    if (entry.neighbour && known != neighbours.end()) {
      EXPECT_EQ(*entry.neighbour, known->second);
    }
  }
  EXPECT_EQ(backends, state.backends);
}

}  // namespace ricochet

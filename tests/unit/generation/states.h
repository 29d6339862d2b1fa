// SPDX-License-Identifier: Apache-2.0
//
// Short ways to write configurations and generations, and the comparison of whole states.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>

#include "generation/router_state.h"

namespace ricochet {

// 10.0.0.0 + number.
inline Address server(uint32_t number) {
  return Address::from_ipv4_host_order((10u << 24) + number);
}

// Placed as the paper does, so that small tables can be written down.
inline Pool modulo_pool(std::initializer_list<uint32_t> numbers,
                        HistoryPolicy history = HistoryPolicy::distinct) {
  Pool pool;
  pool.table.placement = Placement::modulo;
  pool.table.history = history;
  for (const uint32_t number : numbers) pool.backends.push_back({.address = server(number)});
  return pool;
}

inline ServiceKey service(const char* text) {
  auto key = parse_service_key(text);
  if (!key) throw std::invalid_argument(key.error().message);
  return *key;
}

inline Configuration only_pools(Pools pools) {
  Configuration configuration;
  configuration.pools = std::move(pools);
  return configuration;
}

// The generation that makes the configuration of `state` this one.
inline Generation next_generation(const RouterState& state, const Configuration& configuration) {
  Generation generation;
  generation.number = state.generation + 1;
  generation.cause = "test";
  generation.difference = difference(state.configuration, configuration);
  generation.unreachable = state.unreachable;
  return generation;
}

inline Step fold_or_throw(const RouterState& state, const Generation& generation) {
  auto step = fold(state, generation);
  if (!step) throw std::runtime_error(step.error().message);
  return *std::move(step);
}

inline void expect_same_state(const RouterState& actual, const RouterState& expected) {
  EXPECT_EQ(actual.generation, expected.generation);
  EXPECT_EQ(actual.configuration, expected.configuration);
  EXPECT_EQ(actual.unreachable, expected.unreachable);
  EXPECT_EQ(actual.backends, expected.backends);
  EXPECT_EQ(actual.dead, expected.dead);
  EXPECT_EQ(actual.agentless, expected.agentless);
  ASSERT_EQ(actual.pools.size(), expected.pools.size());
  for (const auto& [name, pool] : expected.pools) {
    const auto found = actual.pools.find(name);
    ASSERT_NE(found, actual.pools.end()) << name;
    EXPECT_EQ(found->second.index, pool.index) << name;
    EXPECT_EQ(*found->second.table, *pool.table) << name;
    EXPECT_EQ(*found->second.owners, *pool.owners) << name;
  }
}

}  // namespace ricochet

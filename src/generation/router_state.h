// SPDX-License-Identifier: Apache-2.0
//
// What the log of generations means: the configuration in force, the tables of all pools, and the
// numbers of pools and backends. Pure: the same log gives the same state, on a running daemon and
// on one that starts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "generation/generation.h"

namespace ricochet {

struct PoolState {
  PoolIndex index = 0;
  // Never null; without buckets when the pool has no backend and no bucket remembers one. Shared
  // between states: a table that a generation does not change is the same object.
  std::shared_ptr<const PoolTable> table;

  // Everybody who is in a bucket, each once. Derived from the table when that is made, because to
  // look through all buckets of all pools at each change takes too long.
  std::shared_ptr<const std::vector<BackendId>> owners;
};

using BackendAddress = std::optional<Address>;  // nothing: `connected`
using BackendAddresses = std::map<BackendId, BackendAddress>;

struct RouterState {
  uint64_t generation = 0;  // the last one folded
  Configuration configuration;
  std::set<Address> unreachable;
  std::map<std::string, PoolState> pools;  // one for each of the configuration
  BackendAddresses backends;               // who is in a pool or in a bucket
  // Of these; as the configuration has them, or had them last: to be removed revives nobody.
  std::set<BackendAddress> dead;
  std::set<BackendAddress> agentless;
};

// The members that placement may choose from: active and reachable. With `two-tables` unreachable
// ones too: the paper's tables change when the operator changes them, and at no other time.
std::vector<Backend> eligible_backends(const Pool& pool, const std::set<Address>& unreachable);

struct Step {
  RouterState state;
  ChangeCost cost;                          // of all pools
  std::map<std::string, ChangeCost> costs;  // of each pool whose table changed
};

// One step of the fold. Refuses what would need more pools or backends than there are. A number
// that a step frees is not given away again in that step, because until the step is published
// the data plane still uses it.
Result<Step> fold(const RouterState& before, const Generation& generation);

// How many buckets the data plane must have to go from one state to the other, pool by pool, each
// changed table being written beside the old one.
uint64_t buckets_needed(const RouterState& before, const RouterState& after);

// How many it must have for whatever the network makes of a state: any pool is written anew, with
// any of its members. More than `buckets_needed` to the state itself where backends are
// unreachable.
uint64_t buckets_needed_later(const RouterState& state);

// Everybody who is in a bucket of the table, each once, in ascending order.
std::shared_ptr<const std::vector<BackendId>> owners_of(const PoolTable& table);

}  // namespace ricochet

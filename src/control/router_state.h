// SPDX-License-Identifier: Apache-2.0
//
// What the log of generations means: the tables of all pools and the numbers of pools and
// backends. Pure: the same log and settings give the same state, on a running daemon and on one
// that starts.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "dataplane/router.h"
#include "store/generation.h"

namespace ricochet {

struct PoolState {
  PoolIndex index = 0;
  Pool members;  // empty: takes no new connections, but old owners keep theirs
  // Never null, and never without buckets. Shared between states: a table that a generation does
  // not change is the same object.
  std::shared_ptr<const PoolTable> table;
};

struct RouterState {
  uint64_t generation = 0;  // the last one folded
  // By the service, which has the pool to itself. A pool stays as long as its table has buckets:
  // with history `none` until its last backend goes, with `two_tables` one generation longer (the
  // previous table), with `distinct` until the history is cleared.
  std::map<ServiceKey, PoolState> pools;
  // Everyone who is in a pool or in a bucket; nothing is `connected`.
  std::map<BackendId, std::optional<Ipv4Address>> backends;
};

// What the operator asked for last: the services with at least one backend.
Services services_of(const RouterState& state);

struct Step {
  RouterState state;
  ChangeCost cost;
  uint32_t pools_changed = 0;
};

// One step of the fold. Refuses what would need more pools or backends than there are. A number
// that a step frees is not given away again in that step, because until the step is published
// the data plane still uses it.
Result<Step> fold(const RouterState& before, const Generation& generation,
                  const Settings& settings);

// How many buckets the data plane must have to go from one state to the other, pool by pool, each
// changed table being written beside the old one.
uint64_t buckets_needed(const RouterState& before, const RouterState& after);

}  // namespace ricochet

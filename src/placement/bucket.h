// SPDX-License-Identifier: Apache-2.0
//
// The table of a pool and its history (DESIGN 2.1): a table is a fold over generations, and one
// step of the fold is `advance`. Pure and deterministic.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/choices.h"
#include "model/limits.h"

namespace ricochet {

inline constexpr size_t kOwners = kHistoryDepthMax;

// Names a backend within a router; 0 is none. The same number as its slot in the data plane.
using BackendId = uint16_t;

// Names a pool within a router.
using PoolIndex = uint32_t;

// owner[0] is current, the rest previous ones, newest first; 0 fills the end.
struct Bucket {
  std::array<BackendId, kOwners> owner{};

  bool operator==(const Bucket&) const = default;
};

// One candidate for ownership. identity must be the same on every router that builds the pool
// (it is made of the backend's address), so that all of them place alike whatever ids they use.
struct Candidate {
  BackendId id = 0;
  uint64_t identity = 0;
  uint32_t weight = 1;
};

// The count of buckets that a pool of n next hops has by the paper: 1 for one, else four times
// the next power of two at or above n (2 -> 8, 3 and 4 -> 16). 0 for none.
uint32_t paper_bucket_count(size_t next_hops);

// Owner of each of `count` buckets: candidates[x % n], weights ignored (the paper's expansion).
std::vector<BackendId> place_modulo(std::span<const Candidate> candidates, uint32_t count);

// Owner of each of `count` buckets (a power of two) by Maglev's permutations, each candidate's
// share in proportion to its weight (Eisenbud et al., NSDI 2016, section 3.4). An odd skip makes
// a permutation of a table whose size is a power of two.
std::vector<BackendId> place_maglev(std::span<const Candidate> candidates, uint32_t count);

// What is true of a backend now, for choosing whom a full bucket forgets.
enum class OwnerState { dead, removed, member };

// What one change did; for the log and for people.
struct ChangeCost {
  uint32_t buckets_moved = 0;         // owner[0] became another, also from or to nobody
  uint32_t history_evicted_live = 0;  // owners that a bucket forgot and that were not dead

  ChangeCost& operator+=(const ChangeCost& other) {
    buckets_moved += other.buckets_moved;
    history_evicted_live += other.history_evicted_live;
    return *this;
  }
  bool operator==(const ChangeCost&) const = default;
};

// A pool's buckets. buckets.size() is 0 or a power of two and only grows while a bucket
// remembers an older owner, because only then do old owners carry over exactly (x mod n and
// hash & mask agree when a table doubles).
struct PoolTable {
  std::vector<Bucket> buckets;
  // The counts of the paper's two tables, for its listing; 0 (nobody), or a power of two of at most
  // buckets.size(). Under `distinct` the current one is buckets.size(), under `none` the previous
  // one is 0.
  uint32_t current_count = 0;
  uint32_t previous_count = 0;

  bool operator==(const PoolTable&) const = default;
};

// One step of the fold. `owners` is the new placement (size 0: nobody, or a power of two).
//   none:       buckets are the placement, nothing remembered.
//   two_tables: owner[1] is the whole previous placement, also where it is the same owner. Each
//               step shifts, also one that changes nothing.
//   distinct:   a changed owner is pushed to the front and its older occurrence removed; with more
//               than `depth` owners (2 to kOwners) a dead one is forgotten first, then a removed
//               one, then the oldest. The owner that this step displaces is kept unless it is
//               dead: also when it was removed just now, it holds the bucket's newest connections.
// The result has max(owners.size(), what history needs) buckets; a smaller placement or table is
// repeated to fill it. An empty placement leaves owner[0] = 0 and keeps the older ones after it.
// Adds to `cost`, so that one cost can be of a change of several pools; buckets are counted at the
// larger of the sizes before and after.
PoolTable advance(const PoolTable& before, std::span<const BackendId> owners, HistoryPolicy policy,
                  size_t depth, const std::function<OwnerState(BackendId)>& state_of,
                  ChangeCost& cost);

}  // namespace ricochet

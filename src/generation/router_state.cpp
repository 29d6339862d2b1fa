// SPDX-License-Identifier: Apache-2.0
#include "generation/router_state.h"

#include <algorithm>

#include "model/limits.h"

namespace ricochet {
namespace {

// What placement knows a backend by. Of IPv6 the interface identifier, which differs where all are
// of one network, with the network's part mixed in.
uint64_t identity_of(Address address) {
  if (address.is_ipv4()) return address.ipv4_host_order();
  uint64_t network = 0, interface = 0;
  for (size_t i = 0; i < 8; ++i) {
    network = network << 8 | address.octets()[i];
    interface = interface << 8 | address.octets()[i + 8];
  }
  return network * 0x9e3779b97f4a7c15 ^ interface;
}

// What is true of each number a backend can have.
using OwnerStates = std::vector<OwnerState>;

const Pool kNoPool;

// The eligible members. Where there is none, all active ones, as if they were reachable: until they
// are, the data plane finds the next owner that is live, which for a bucket of nobody it must not.
std::vector<Backend> placed_backends(const Pool& pool, const std::set<Address>& unreachable) {
  const std::vector<Backend> eligible = eligible_backends(pool, unreachable);
  return eligible.empty() ? eligible_backends(pool, {}) : eligible;
}

// Of a placement of so many.
uint32_t bucket_count(const TableOptions& options, size_t members) {
  if (options.placement == Placement::modulo) return paper_bucket_count(members);
  return members == 0 ? 0 : options.buckets;
}

// Builds the state after one generation.
class Folder {
 public:
  Folder(const RouterState& before, const Generation& generation)
      : before_(before), generation_(generation), used_ids_(kBackendsMax + 1) {
    RouterState& state = step_.state;
    state.generation = generation.number;
    state.configuration = before.configuration;
    apply(generation.difference, state.configuration);
    state.unreachable = generation.unreachable;
    state.backends = before.backends;
    for (const auto& [id, address] : before.backends) {
      ids_.emplace(address, id);
      used_ids_[id] = true;
    }
    for (const auto& [name, pool] : before.pools) used_pools_.insert(pool.index);
  }

  Result<Step> run() {
    note_exceptions();
    for (const auto& [name, pool] : before_.pools) {
      if (!step_.state.configuration.pools.contains(name)) remove_pool(name, *pool.table);
    }
    for (const auto& [name, pool] : step_.state.configuration.pools) {
      if (auto folded = fold_pool(name, pool); !folded) return folded.error();
    }
    release_backends();
    return std::move(step_);
  }

 private:
  // Who is named by no pool any more stays what it was.
  void note_exceptions() {
    RouterState& state = step_.state;
    state.dead = before_.dead;
    state.agentless = before_.agentless;
    for (const auto& [name, pool] : state.configuration.pools) {
      for (const Backend& backend : pool.backends) {
        note(state.dead, backend.address, backend.state == BackendState::dead);
        note(state.agentless, backend.address, backend.agent == AgentUse::none);
      }
    }
  }

  static void note(std::set<BackendAddress>& exceptions, BackendAddress address, bool is_one) {
    if (is_one) {
      exceptions.insert(address);
    } else {
      exceptions.erase(address);
    }
  }

  void remove_pool(const std::string& name, const PoolTable& table) {
    advance(table, {}, HistoryPolicy::none, kOwners, make_judge({}), step_.costs[name]);
    step_.cost += step_.costs[name];
  }

  Result<void> fold_pool(const std::string& name, const Pool& pool) {
    const auto found = before_.pools.find(name);
    const bool is_new = found == before_.pools.end();
    const Pool& old_pool = is_new ? kNoPool : before_.configuration.pools.at(name);
    const std::vector<Backend> placed = placed_backends(pool, generation_.unreachable);
    const bool shifts = generation_.shifts && pool.table.history == HistoryPolicy::two_tables;
    if (!is_new && !shifts && !generation_.clears_history && old_pool.table == pool.table &&
        placed_backends(old_pool, before_.unreachable) == placed) {
      // Members that take no new connections need their numbers, too.
      if (auto named = name_members(pool); !named) return named;
      step_.state.pools.emplace(name, found->second);
      return {};
    }
    if (auto named = name_members(pool); !named) return named;
    PoolState state;
    auto index = is_new ? allocate_pool(name) : Result<PoolIndex>(found->second.index);
    if (!index) return index.error();
    state.index = *index;
    const bool forgets = is_new || generation_.clears_history;
    const PoolTable nothing;
    set_table(name, pool, placed, forgets ? nothing : *found->second.table, state);
    if (!is_new && *found->second.table == *state.table) state = found->second;
    step_.state.pools.emplace(name, std::move(state));
    return {};
  }

  void set_table(const std::string& name, const Pool& pool, std::span<const Backend> placed,
                 const PoolTable& before, PoolState& state) {
    std::vector<Candidate> candidates;
    for (const Backend& backend : placed) {
      candidates.push_back({.id = ids_.at(backend.address),
                            .identity = backend.address ? identity_of(*backend.address) : 0,
                            .weight = backend.weight});
    }
    ChangeCost cost;
    PoolTable table = advance(before, place(pool.table, candidates), pool.table.history,
                              pool.table.history_depth, make_judge(pool.backends), cost);
    if (table != before) {
      step_.costs.emplace(name, cost);
      step_.cost += cost;
    }
    state.owners = owners_of(table);
    state.table = std::make_shared<const PoolTable>(std::move(table));
  }

  [[nodiscard]] static std::vector<BackendId> place(const TableOptions& options,
                                                    std::span<const Candidate> candidates) {
    const uint32_t count = bucket_count(options, candidates.size());
    switch (options.placement) {
      case Placement::modulo:
        return place_modulo(candidates, count);
      case Placement::maglev:
        return place_maglev(candidates, count);
    }
    return {};
  }

  // What is true of an owner as this generation saw it.
  [[nodiscard]] std::function<OwnerState(BackendId)> make_judge(
      std::span<const Backend> members) const {
    OwnerStates states(kBackendsMax + 1, OwnerState::removed);
    for (const Backend& member : members) states[ids_.at(member.address)] = OwnerState::member;
    for (const auto& [id, address] : step_.state.backends) {
      const bool unreachable = address && generation_.unreachable.contains(*address);
      if (unreachable || step_.state.dead.contains(address)) states[id] = OwnerState::dead;
    }
    return [states = std::move(states)](BackendId id) { return states[id]; };
  }

  Result<void> name_members(const Pool& pool) {
    for (const Backend& backend : pool.backends) {
      if (ids_.contains(backend.address)) continue;
      while (next_id_ <= kBackendsMax && used_ids_[next_id_]) ++next_id_;
      if (next_id_ > kBackendsMax) {
        return error(
            "no number is left for backend {}: the router remembers {} backends, old owners "
            "included; `ricochet clear` forgets them",
            name_of(backend.address), kBackendsMax);
      }
      used_ids_[next_id_] = true;
      step_.state.backends.emplace(next_id_, backend.address);
      ids_.emplace(backend.address, next_id_);
    }
    return {};
  }

  Result<PoolIndex> allocate_pool(const std::string& name) {
    PoolIndex index = 0;
    while (used_pools_.contains(index)) ++index;
    if (index >= kPoolsMax) {
      return error(
          "no number is left for pool {}: the router has {}, those that this change removes "
          "included; remove pools first",
          name, kPoolsMax);
    }
    used_pools_.insert(index);
    return index;
  }

  void release_backends() {
    std::vector<bool> used(kBackendsMax + 1);
    for (const auto& [name, pool] : step_.state.pools) {
      for (const BackendId id : *pool.owners) used[id] = true;
      for (const Backend& backend : step_.state.configuration.pools.at(name).backends) {
        used[ids_.at(backend.address)] = true;
      }
    }
    std::erase_if(step_.state.backends, [&](const auto& backend) { return !used[backend.first]; });
    // Of whom nothing is left nobody asks any more.
    const auto is_forgotten = [&](BackendAddress address) {
      const auto id = ids_.find(address);
      return id == ids_.end() || !used[id->second];
    };
    std::erase_if(step_.state.unreachable, is_forgotten);
    std::erase_if(step_.state.dead, is_forgotten);
    std::erase_if(step_.state.agentless, is_forgotten);
  }

  const RouterState& before_;
  const Generation& generation_;
  Step step_;
  std::map<BackendAddress, BackendId> ids_;
  std::vector<bool> used_ids_;      // of both states
  BackendId next_id_ = 1;           // no lower one is free
  std::set<PoolIndex> used_pools_;  // of both states
};

}  // namespace

std::vector<Backend> eligible_backends(const Pool& pool, const std::set<Address>& unreachable) {
  const bool any_reachability = pool.table.history == HistoryPolicy::two_tables;
  std::vector<Backend> eligible;
  for (const Backend& backend : pool.backends) {
    const bool reachable =
        any_reachability || !backend.address || !unreachable.contains(*backend.address);
    if (backend.state == BackendState::active && reachable) eligible.push_back(backend);
  }
  return eligible;
}

Result<Step> fold(const RouterState& before, const Generation& generation) {
  return Folder(before, generation).run();
}

uint64_t buckets_needed(const RouterState& before, const RouterState& after) {
  std::map<PoolIndex, uint64_t> resident;
  std::map<PoolIndex, const PoolTable*> old_tables;
  for (const auto& [name, pool] : before.pools) {
    resident[pool.index] = pool.table->buckets.size();
    old_tables[pool.index] = pool.table.get();
  }
  uint64_t largest_change = 0;
  for (const auto& [name, pool] : after.pools) {
    const uint64_t count = pool.table->buckets.size();
    if (old_tables[pool.index] != pool.table.get()) {
      largest_change = std::max(largest_change, count);
    }
    resident[pool.index] = std::max(resident[pool.index], count);
  }
  uint64_t needed = largest_change;
  for (const auto& [index, count] : resident) needed += count;
  return needed;
}

uint64_t buckets_needed_later(const RouterState& state) {
  uint64_t resident = 0;
  uint64_t largest = 0;
  for (const auto& [name, pool] : state.pools) {
    const Pool& configured = state.configuration.pools.at(name);
    const size_t members = eligible_backends(configured, {}).size();
    const uint64_t count =
        std::max<uint64_t>(pool.table->buckets.size(), bucket_count(configured.table, members));
    resident += count;
    largest = std::max(largest, count);
  }
  return resident + largest;
}

std::shared_ptr<const std::vector<BackendId>> owners_of(const PoolTable& table) {
  std::vector<uint8_t> seen(kBackendsMax + 1);  // faster here than vector<bool>
  for (const Bucket& bucket : table.buckets) {
    for (const BackendId id : bucket.owner) seen[id] = 1;
  }
  auto owners = std::make_shared<std::vector<BackendId>>();
  for (BackendId id = 1; id <= kBackendsMax; ++id) {
    if (seen[id]) owners->push_back(id);
  }
  return owners;
}

}  // namespace ricochet

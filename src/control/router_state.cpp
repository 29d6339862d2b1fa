// SPDX-License-Identifier: Apache-2.0
#include "control/router_state.h"

#include <algorithm>
#include <set>

#include "model/limits.h"

namespace ricochet {
namespace {

using Address = std::optional<Ipv4Address>;

// Builds the state after one generation.
class Folder {
 public:
  Folder(const RouterState& before, const Generation& generation, const Settings& settings)
      : before_(before), generation_(generation), settings_(settings) {
    step_.state.generation = generation.number;
    step_.state.backends = before.backends;
    for (const auto& [id, address] : before.backends) ids_.emplace(address, id);
    for (const auto& [key, pool] : before.pools) used_pools_.insert(pool.index);
  }

  Result<Step> run() {
    for (const ServiceKey& key : all_services()) {
      if (auto folded = fold_pool(key); !folded) return folded.error();
    }
    release_backends();
    return std::move(step_);
  }

 private:
  [[nodiscard]] std::set<ServiceKey> all_services() const {
    std::set<ServiceKey> keys;
    for (const auto& [key, pool] : before_.pools) keys.insert(key);
    for (const auto& [key, members] : generation_.services) keys.insert(key);
    return keys;
  }

  Result<void> fold_pool(const ServiceKey& key) {
    const auto wanted = generation_.services.find(key);
    const Pool members = wanted == generation_.services.end() ? Pool{} : wanted->second;
    const auto found = before_.pools.find(key);
    const PoolState* old = found == before_.pools.end() ? nullptr : &found->second;
    const bool forgets = generation_.clears_history;
    const bool shifts = settings_.history == HistoryPolicy::two_tables;
    if (old && old->members == members && !shifts && !forgets) {
      step_.state.pools.emplace(key, *old);
      return {};
    }

    auto candidates = make_candidates(members);
    if (!candidates) return candidates.error();
    PoolTable table = advance(old && !forgets ? *old->table : PoolTable{}, place(*candidates),
                              settings_.history, make_judge(*candidates), step_.cost);
    const bool changed = !old || *old->table != table;
    if (changed) ++step_.pools_changed;
    if (table.buckets.empty()) return {};

    PoolState pool;
    pool.members = members;
    pool.table = changed ? std::make_shared<const PoolTable>(std::move(table)) : old->table;
    auto index = old ? old->index : allocate_pool(key);
    if (!index) return index.error();
    pool.index = *index;
    step_.state.pools.emplace(key, std::move(pool));
    return {};
  }

  Result<std::vector<Candidate>> make_candidates(const Pool& members) {
    std::vector<Candidate> candidates;
    for (const Backend& backend : members.backends) {
      auto id = backend_id(backend.address);
      if (!id) return id.error();
      candidates.push_back({.id = *id,
                            .identity = backend.address ? backend.address->host_order() : 0,
                            .weight = backend.weight});
    }
    return candidates;
  }

  [[nodiscard]] std::vector<BackendId> place(std::span<const Candidate> candidates) const {
    switch (settings_.placement) {
      case Placement::modulo:
        return place_modulo(candidates, paper_bucket_count(candidates.size()));
      case Placement::maglev:
        return place_maglev(candidates, settings_.buckets);
    }
    return {};
  }

  // What is true of an owner as this generation saw it.
  [[nodiscard]] std::function<OwnerState(BackendId)> make_judge(
      std::span<const Candidate> candidates) const {
    std::set<BackendId> members;
    for (const Candidate& candidate : candidates) members.insert(candidate.id);
    return [this, members = std::move(members)](BackendId id) {
      const Address& address = step_.state.backends.at(id);
      if (address && generation_.unreachable.contains(*address)) return OwnerState::dead;
      return members.contains(id) ? OwnerState::member : OwnerState::removed;
    };
  }

  Result<BackendId> backend_id(const Address& address) {
    if (const auto known = ids_.find(address); known != ids_.end()) return known->second;
    BackendId id = 1;
    while (step_.state.backends.contains(id)) ++id;
    if (id > kBackendsMax) {
      return error(
          "no number is left for backend {}: the router remembers {} backends, old owners "
          "included; `ricochet clear` forgets them",
          address ? address->to_string() : "connected", kBackendsMax);
    }
    step_.state.backends.emplace(id, address);
    ids_.emplace(address, id);
    return id;
  }

  Result<PoolIndex> allocate_pool(const ServiceKey& key) {
    PoolIndex index = 0;
    while (used_pools_.contains(index)) ++index;
    if (index >= kPoolsMax) {
      return error(
          "no pool is left for service {}: the router has {}, those of deleted services that "
          "still have old owners included; `ricochet clear` forgets them",
          to_string(key), kPoolsMax);
    }
    used_pools_.insert(index);
    return index;
  }

  void release_backends() {
    std::vector<bool> used(kBackendsMax + 1);
    for (const auto& [key, pool] : step_.state.pools) {
      for (const Bucket& bucket : pool.table->buckets) {
        for (const BackendId id : bucket.owner) used[id] = true;
      }
      for (const Backend& backend : pool.members.backends) used[ids_.at(backend.address)] = true;
    }
    std::erase_if(step_.state.backends, [&](const auto& backend) { return !used[backend.first]; });
  }

  const RouterState& before_;
  const Generation& generation_;
  const Settings& settings_;
  Step step_;
  std::map<Address, BackendId> ids_;
  std::set<PoolIndex> used_pools_;  // of both states
};

}  // namespace

Services services_of(const RouterState& state) {
  Services services;
  for (const auto& [key, pool] : state.pools) {
    if (!pool.members.backends.empty()) services.emplace(key, pool.members);
  }
  return services;
}

Result<Step> fold(const RouterState& before, const Generation& generation,
                  const Settings& settings) {
  return Folder(before, generation, settings).run();
}

uint64_t buckets_needed(const RouterState& before, const RouterState& after) {
  std::map<ServiceKey, uint64_t> resident;
  for (const auto& [key, pool] : before.pools) resident[key] = pool.table->buckets.size();
  uint64_t largest_change = 0;
  for (const auto& [key, pool] : after.pools) {
    const uint64_t count = pool.table->buckets.size();
    const auto old = before.pools.find(key);
    if (old == before.pools.end() || old->second.table != pool.table) {
      largest_change = std::max(largest_change, count);
    }
    resident[key] = std::max(resident[key], count);
  }
  uint64_t needed = largest_change;
  for (const auto& [key, count] : resident) needed += count;
  return needed;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "control/dataplane_sync.h"

#include "model/limits.h"

namespace ricochet {
namespace {

bool same(const std::optional<BackendEntry>& a, const BackendEntry& b) {
  return a && a->address == b.address && a->neighbour == b.neighbour;
}

// Most are the same object; comparing all buckets of all pools at every change would take long.
bool same(const std::shared_ptr<const PoolTable>& a, const std::shared_ptr<const PoolTable>& b) {
  return a == b || a->buckets == b->buckets;
}

BackendEntry make_entry(const std::optional<Ipv4Address>& address, const Neighbours& neighbours) {
  BackendEntry entry{.address = address, .neighbour = std::nullopt};
  if (!address) return entry;
  if (const auto found = neighbours.find(*address); found != neighbours.end()) {
    entry.neighbour = found->second;
  }
  return entry;
}

Error failed(std::string_view doing, const Error& cause) {
  return error("the data plane cannot {}: {}", doing, cause.message);
}

// Calls remove(key) for every entry that `keep` does not want and forgets those that went.
template <class Map, class Keep, class Remove>
Result<void> remove_unwanted(Map& held, Keep keep, Remove remove) {
  for (auto entry = held.begin(); entry != held.end();) {
    if (keep(entry->first)) {
      ++entry;
      continue;
    }
    if (auto removed = remove(entry->first); !removed) return removed;
    entry = held.erase(entry);
  }
  return {};
}

}  // namespace

void DataplaneSync::adopt(const std::map<BackendId, std::optional<Ipv4Address>>& backends) {
  for (const auto& [id, address] : backends) backends_[id] = std::nullopt;
  for (const ServiceKey& key : dataplane_.live_services()) services_[key] = std::nullopt;
  for (PoolIndex pool = 0; pool < kPoolsMax; ++pool) {
    PoolTable table{.buckets = dataplane_.live_buckets(pool)};
    for (const Bucket& bucket : table.buckets) {
      for (const BackendId id : bucket.owner) {
        if (id != 0) backends_[id] = std::nullopt;
      }
    }
    if (!table.buckets.empty()) tables_[pool] = std::make_shared<const PoolTable>(std::move(table));
  }
}

Result<void> DataplaneSync::apply(const RouterState& target, const Neighbours& neighbours,
                                  std::set<PoolIndex>& published) {
  if (auto done = set_neighbours(neighbours); !done) return done;
  if (auto done = set_backends(target, neighbours); !done) return done;
  if (auto done = publish_tables(target, published); !done) return done;
  if (auto done = set_services(target); !done) return done;
  if (auto done = remove_services(target); !done) return done;
  if (auto done = remove_pools(target); !done) return done;
  if (auto done = remove_backends(target); !done) return done;
  return remove_neighbours(neighbours);
}

void DataplaneSync::clear_settling(PoolIndex pool) {
  if (tables_.contains(pool)) dataplane_.clear_settling(pool);
}

Result<void> DataplaneSync::set_neighbours(const Neighbours& wanted) {
  for (const auto& [address, neighbour] : wanted) {
    const auto held = neighbours_.find(address);
    if (held != neighbours_.end() && held->second == neighbour) continue;
    if (auto set = dataplane_.set_neighbour(address, neighbour); !set) {
      return failed(fmt::format("take neighbour {}", address.to_string()), set.error());
    }
    neighbours_[address] = neighbour;
  }
  return {};
}

Result<void> DataplaneSync::set_backends(const RouterState& target, const Neighbours& neighbours) {
  for (const auto& [id, address] : target.backends) {
    const BackendEntry entry = make_entry(address, neighbours);
    if (const auto held = backends_.find(id);
        held != backends_.end() && same(held->second, entry)) {
      continue;
    }
    if (auto set = dataplane_.set_backend(id, entry); !set) {
      return failed(fmt::format("take backend {}", address ? address->to_string() : "connected"),
                    set.error());
    }
    backends_[id] = entry;
  }
  return {};
}

Result<void> DataplaneSync::publish_tables(const RouterState& target,
                                           std::set<PoolIndex>& published) {
  for (const auto& [key, pool] : target.pools) {
    const auto held = tables_.find(pool.index);
    if (held != tables_.end() && same(held->second, pool.table)) continue;
    if (auto done = dataplane_.publish(pool.index, pool.table->buckets, flags_); !done) {
      return failed(fmt::format("publish the table of {}", to_string(key)), done.error());
    }
    tables_[pool.index] = pool.table;
    published.insert(pool.index);
  }
  return {};
}

Result<void> DataplaneSync::set_services(const RouterState& target) {
  for (const auto& [key, pool] : target.pools) {
    if (const auto held = services_.find(key);
        held != services_.end() && held->second == pool.index) {
      continue;
    }
    if (auto set = dataplane_.set_service(key, pool.index); !set) {
      return failed(fmt::format("take service {}", to_string(key)), set.error());
    }
    services_[key] = pool.index;
  }
  return {};
}

Result<void> DataplaneSync::remove_services(const RouterState& target) {
  return remove_unwanted(
      services_, [&](const ServiceKey& key) { return target.pools.contains(key); },
      [&](const ServiceKey& key) -> Result<void> {
        auto removed = dataplane_.remove_service(key);
        if (!removed) {
          return failed(fmt::format("remove service {}", to_string(key)), removed.error());
        }
        return {};
      });
}

Result<void> DataplaneSync::remove_pools(const RouterState& target) {
  std::set<PoolIndex> wanted;
  for (const auto& [key, pool] : target.pools) wanted.insert(pool.index);
  return remove_unwanted(
      tables_, [&](PoolIndex pool) { return wanted.contains(pool); },
      [&](PoolIndex pool) -> Result<void> {
        auto removed = dataplane_.remove_pool(pool);
        if (!removed) return failed(fmt::format("remove pool {}", pool), removed.error());
        return {};
      });
}

Result<void> DataplaneSync::remove_backends(const RouterState& target) {
  return remove_unwanted(
      backends_, [&](BackendId id) { return target.backends.contains(id); },
      [&](BackendId id) -> Result<void> {
        auto removed = dataplane_.remove_backend(id);
        if (!removed) return failed(fmt::format("remove backend {}", id), removed.error());
        return {};
      });
}

Result<void> DataplaneSync::remove_neighbours(const Neighbours& wanted) {
  return remove_unwanted(
      neighbours_, [&](Ipv4Address address) { return wanted.contains(address); },
      [&](Ipv4Address address) -> Result<void> {
        auto removed = dataplane_.remove_neighbour(address);
        if (!removed) {
          return failed(fmt::format("remove neighbour {}", address.to_string()), removed.error());
        }
        return {};
      });
}

}  // namespace ricochet

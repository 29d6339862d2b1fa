// SPDX-License-Identifier: Apache-2.0
#include "control/dataplane_sync.h"

#include <algorithm>

#include "model/limits.h"

namespace ricochet {
namespace {

// Most are the same object; comparing all buckets of all pools at every change would take long.
bool same(const std::shared_ptr<const PoolTable>& a, const std::shared_ptr<const PoolTable>& b) {
  return a == b || a->buckets == b->buckets;
}

TableFlags flags_of(const TableOptions& options) {
  return {.mark = options.mark, .history = options.history != HistoryPolicy::none};
}

Error failed_to(std::string_view what, const Error& cause) {
  return error("the data plane cannot {}: {}", what, cause.message);
}

// Calls set(key, value) for every wanted entry that is not held so, and holds it then. Most are:
// both maps are walked side by side, which is much faster than to look up each.
template <class Held, class Wanted, class Set>
Result<void> set_changed(Held& held, const Wanted& wanted, Set set) {
  auto entry = held.begin();
  for (const auto& [key, value] : wanted) {
    while (entry != held.end() && entry->first < key) ++entry;
    if (entry != held.end() && entry->first == key && entry->second == value) continue;
    if (auto done = set(key, value); !done) return done;
    entry = held.insert_or_assign(entry, key, value);
  }
  return {};
}

// Calls remove(key) for every entry that is not wanted and forgets those that went.
template <class Held, class Wanted, class Remove>
Result<void> remove_unwanted(Held& held, const Wanted& wanted, std::string_view what,
                             Remove remove) {
  auto want = wanted.begin();
  for (auto entry = held.begin(); entry != held.end();) {
    while (want != wanted.end() && want->first < entry->first) ++want;
    if (want != wanted.end() && want->first == entry->first) {
      ++entry;
      continue;
    }
    if (auto removed = remove(entry->first); !removed) return failed_to(what, removed.error());
    entry = held.erase(entry);
  }
  return {};
}

}  // namespace

DataplaneSync::DataplaneSync(RouterDataplane& dataplane) : dataplane_(dataplane) {
  for (const PortStatus& port : dataplane.ports()) port_names_.push_back(port.name);
}

void DataplaneSync::adopt() {
  for (const ServiceKey& key : dataplane_.live_services()) services_[key] = std::nullopt;
  for (const Address address : dataplane_.live_neighbours()) neighbours_[address] = std::nullopt;
  for (const BackendId id : dataplane_.live_backends()) backends_[id] = std::nullopt;
  for (const QuicServer& server : dataplane_.live_quic_servers()) {
    quic_servers_[server] = std::nullopt;
  }
  for (PoolIndex pool = 0; pool < kPoolsMax; ++pool) {
    PoolTable table{.buckets = dataplane_.live_buckets(pool)};
    if (table.buckets.empty()) continue;
    tables_[pool] = {std::make_shared<const PoolTable>(std::move(table)),
                     dataplane_.live_flags(pool)};
  }
}

Result<void> DataplaneSync::apply(const RouterState& target, const Neighbours& usable,
                                  std::set<PoolIndex>& published) {
  const auto backends = wanted_backends(target, usable);
  const auto services = wanted_services(target);
  const auto quic_servers = wanted_quic_servers(target);
  if (auto done = set_neighbours(usable); !done) return done;
  if (auto done = set_backends(backends); !done) return done;
  if (auto done = set_quic_servers(target, quic_servers); !done) return done;
  if (auto done = publish_tables(target, published); !done) return done;
  if (auto done = set_services(services); !done) return done;
  if (auto done = remove_unwanted(services_, services, "remove a service",
                                  [&](const auto& key) { return dataplane_.remove_service(key); });
      !done) {
    return done;
  }
  if (auto done = remove_pools(target); !done) return done;
  if (auto done = remove_unwanted(
          quic_servers_, quic_servers, "remove a QUIC ID",
          [&](const auto& server) { return dataplane_.remove_quic_server(server); });
      !done) {
    return done;
  }
  if (auto done = remove_unwanted(backends_, backends, "remove a backend",
                                  [&](BackendId id) { return dataplane_.remove_backend(id); });
      !done) {
    return done;
  }
  return remove_unwanted(neighbours_, usable, "remove a neighbour",
                         [&](Address address) { return dataplane_.remove_neighbour(address); });
}

void DataplaneSync::forget_port(size_t port) {
  const auto through = [&](const std::optional<NextHop>& nexthop) {
    return nexthop && nexthop->port == port;
  };
  for (auto& [address, nexthop] : neighbours_) {
    if (through(nexthop)) nexthop.reset();
  }
  for (auto& [id, entry] : backends_) {
    if (entry && through(entry->nexthop)) entry.reset();
  }
}

void DataplaneSync::clear_settling(PoolIndex pool) {
  if (tables_.contains(pool)) dataplane_.clear_settling(pool);
}

std::optional<NextHop> DataplaneSync::nexthop_of(const Neighbour& neighbour) const {
  const auto port = std::ranges::find(port_names_, neighbour.interface);
  if (port == port_names_.end()) return std::nullopt;
  return NextHop{.port = static_cast<uint16_t>(port - port_names_.begin()), .mac = neighbour.mac};
}

DataplaneSync::ServiceTargets DataplaneSync::wanted_services(const RouterState& target) {
  ServiceTargets wanted;
  for (const auto& [key, service] : target.configuration.services) {
    const ServiceTarget leads_to{.pool = target.pools.at(service.pool).index,
                                 .options = service.options};
    ServiceKey one = key;
    one.last_port = 0;
    wanted.emplace_hint(wanted.end(), one, leads_to);
    for (uint32_t port = key.port + 1u; port <= key.last_port; ++port) {
      one.port = static_cast<uint16_t>(port);
      wanted.emplace_hint(wanted.end(), one, leads_to);
    }
  }
  return wanted;
}

// By the members of pools: who was removed and lingers in buckets is still one of the slots, but
// its ID may be another's by now.
DataplaneSync::QuicServers DataplaneSync::wanted_quic_servers(const RouterState& target) {
  std::map<BackendAddress, BackendId> ids;
  for (const auto& [id, address] : target.backends) ids.emplace(address, id);
  QuicServers wanted;
  for (const auto& [name, pool] : target.configuration.pools) {
    const PoolIndex index = target.pools.at(name).index;
    for (const Backend& backend : pool.backends) {
      if (!backend.quic_id) continue;
      wanted[{.pool = index, .id = backend.quic_id->number()}] = ids.at(backend.address);
    }
  }
  return wanted;
}

std::map<BackendId, BackendEntry> DataplaneSync::wanted_backends(const RouterState& target,
                                                                 const Neighbours& usable) const {
  std::map<BackendId, BackendEntry> wanted;
  for (const auto& [id, address] : target.backends) {
    BackendEntry entry{.address = address,
                       .nexthop = std::nullopt,
                       .has_agent = !target.agentless.contains(address)};
    const bool is_dead = target.dead.contains(address);
    const auto found = address && !is_dead ? usable.find(*address) : usable.end();
    if (found != usable.end()) entry.nexthop = nexthop_of(found->second);
    wanted.emplace_hint(wanted.end(), id, entry);
  }
  return wanted;
}

Result<void> DataplaneSync::set_neighbours(const Neighbours& usable) {
  for (const auto& [address, neighbour] : usable) {
    const auto nexthop = nexthop_of(neighbour);
    const auto held = neighbours_.find(address);
    if (!nexthop || (held != neighbours_.end() && held->second == nexthop)) continue;
    if (auto set = dataplane_.set_neighbour(address, *nexthop); !set) {
      return failed_to(fmt::format("take neighbour {}", address.to_string()), set.error());
    }
    neighbours_[address] = nexthop;
  }
  return {};
}

Result<void> DataplaneSync::set_backends(const std::map<BackendId, BackendEntry>& wanted) {
  return set_changed(
      backends_, wanted, [&](BackendId id, const BackendEntry& entry) -> Result<void> {
        if (auto set = dataplane_.set_backend(id, entry); !set) {
          return failed_to(fmt::format("take backend {}", name_of(entry.address)), set.error());
        }
        return {};
      });
}

Result<void> DataplaneSync::publish_tables(const RouterState& target,
                                           std::set<PoolIndex>& published) {
  for (const auto& [name, pool] : target.pools) {
    if (pool.table->buckets.empty()) continue;
    const TableFlags flags = flags_of(target.configuration.pools.at(name).table);
    const auto held = tables_.find(pool.index);
    if (held != tables_.end() && same(held->second.table, pool.table) &&
        held->second.flags == flags) {
      held->second.table = pool.table;  // so that next time it is the same object
      continue;
    }
    if (auto done = dataplane_.publish(pool.index, pool.table->buckets, flags); !done) {
      return failed_to(fmt::format("publish the table of pool {}", name), done.error());
    }
    tables_[pool.index] = {pool.table, flags};
    published.insert(pool.index);
  }
  return {};
}

Result<void> DataplaneSync::set_quic_servers(const RouterState& target, const QuicServers& wanted) {
  const auto set = [&](const QuicServer& server, std::optional<BackendId> id) -> Result<void> {
    if (auto done = dataplane_.set_quic_server(server, *id); !done) {
      return failed_to("take a QUIC ID", done.error());
    }
    return {};
  };
  if (auto done = set_changed(quic_servers_, wanted, set); !done) return done;
  for (const auto& [name, pool] : target.configuration.pools) {
    const auto with_id = std::ranges::find_if(
        pool.backends, [](const Backend& backend) { return backend.quic_id.has_value(); });
    const uint32_t bytes =
        with_id == pool.backends.end() ? 0 : static_cast<uint32_t>(with_id->quic_id->bytes());
    const PoolIndex index = target.pools.at(name).index;
    const auto held = quic_id_bytes_.find(index);
    if (held != quic_id_bytes_.end() && held->second == bytes) continue;
    if (auto done = dataplane_.set_quic_id_bytes(index, bytes); !done) {
      return failed_to("take the length of QUIC IDs", done.error());
    }
    quic_id_bytes_[index] = bytes;
  }
  return {};
}

Result<void> DataplaneSync::set_services(const ServiceTargets& wanted) {
  return set_changed(
      services_, wanted,
      [&](const ServiceKey& key, const std::optional<ServiceTarget>& leads_to) -> Result<void> {
        if (auto set = dataplane_.set_service(key, *leads_to); !set) {
          return failed_to(fmt::format("take service {}", to_string(key)), set.error());
        }
        return {};
      });
}

// Also the table of a pool that has none any more: its word goes back to empty.
Result<void> DataplaneSync::remove_pools(const RouterState& target) {
  std::map<PoolIndex, const PoolTable*> wanted;
  for (const auto& [name, pool] : target.pools) {
    if (!pool.table->buckets.empty()) wanted.emplace(pool.index, pool.table.get());
  }
  return remove_unwanted(tables_, wanted, "remove a pool",
                         [&](PoolIndex pool) { return dataplane_.remove_pool(pool); });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <set>

#include "model/configuration.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using Where = std::vector<std::string>;
using Found = std::optional<Invalid>;

template <class... Args>
Invalid invalid(Where where, fmt::format_string<Args...> text, Args&&... args) {
  return {std::move(where), fmt::format(text, std::forward<Args>(args)...)};
}

// 0.0.0.0 or ::.
bool is_unspecified(Address address) {
  return address == Address() || address == Address(Address::Octets{});
}

// An address that one machine can have: not 0.0.0.0 or ::, not multicast, not broadcast.
bool is_unicast(Address address) {
  constexpr uint32_t kFirstIpv4Multicast = 224u << 24;
  constexpr uint8_t kIpv6Multicast = 0xff;
  if (is_unspecified(address)) return false;
  return address.is_ipv4() ? address.ipv4_host_order() < kFirstIpv4Multicast
                           : address.octets().front() != kIpv6Multicast;
}

// Letters that need no quoting in a shell, a URL or YAML.
bool is_pool_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kPoolNameBytesMax && std::ranges::all_of(name, allowed) &&
         name.front() != '.' && name.front() != '-';
}

Found check_table(const std::string& name, const TableOptions& table) {
  if (!std::has_single_bit(table.buckets) || table.buckets > kBucketsMax) {
    return invalid({"pools", name, "buckets"}, "{} buckets: use a power of two from 1 to {}",
                   table.buckets, kBucketsMax);
  }
  if (table.history_depth < 2 || table.history_depth > kHistoryDepthMax) {
    return invalid({"pools", name, "history_depth"},
                   "a history of {} owners: use 2 to {}, or `history: none`", table.history_depth,
                   kHistoryDepthMax);
  }
  return std::nullopt;
}

// Of what is wrong only: to write it for everything takes long.
Where where_is(const std::string& pool, const Backend& backend) {
  return {"pools", pool, "backends", name_of(backend.address)};
}

Where where_is(const ServiceKey& key) {
  return {"services", to_string(key)};
}

Found check_backend(const std::string& pool, const Backend& backend) {
  if (backend.address && !is_unicast(*backend.address)) {
    return invalid(where_is(pool, backend),
                   "{} is not an address of a server; give one, or `connected` for the packet's "
                   "own destination",
                   name_of(backend.address));
  }
  if (backend.weight < 1 || backend.weight > kWeightMax) {
    Where at = where_is(pool, backend);
    at.emplace_back("weight");
    return invalid(at, "weight {}: use 1 to {}; to give it no new connections, `state: draining`",
                   backend.weight, kWeightMax);
  }
  return std::nullopt;
}

// A packet does not say how long its server's ID is.
Found check_quic_ids(const std::string& name, const Pool& pool) {
  const Backend* first = nullptr;
  std::map<QuicId, const Backend*> owners;
  for (const Backend& backend : pool.backends) {
    if (!backend.quic_id) continue;
    if (first == nullptr) first = &backend;
    const auto at = [&] {
      Where where = where_is(name, backend);
      where.emplace_back("quic_id");
      return where;
    };
    if (backend.quic_id->bytes() != first->quic_id->bytes()) {
      return invalid(at(),
                     "{} and {}, the ID of backend {}, are not of the same length: give all "
                     "backends of a pool as many octets",
                     backend.quic_id->to_string(), first->quic_id->to_string(),
                     name_of(first->address));
    }
    const auto [owner, added] = owners.emplace(*backend.quic_id, &backend);
    if (!added) {
      return invalid(at(), "backend {} has the ID {} already: give each backend of a pool its own",
                     name_of(owner->second->address), backend.quic_id->to_string());
    }
  }
  return std::nullopt;
}

Found check_pool(const std::string& name, const Pool& pool) {
  if (!is_pool_name(name)) {
    return invalid({"pools", name},
                   "'{}' is no name of a pool: use up to {} letters, digits, '-', '_' and '.', the "
                   "first a letter, a digit or '_'",
                   name, kPoolNameBytesMax);
  }
  if (auto found = check_table(name, pool.table)) return found;
  std::set<std::optional<Address>> seen;
  for (const Backend& backend : pool.backends) {
    if (auto found = check_backend(name, backend)) return found;
    if (!seen.insert(backend.address).second) {
      return invalid(where_is(name, backend),
                     "backend {} is there twice; to give it more, raise its weight",
                     name_of(backend.address));
    }
  }
  return check_quic_ids(name, pool);
}

// Being dead and having an agent are facts of a machine, whatever pools it is in.
struct Machine {
  std::string_view pool;
  bool dead = false;
  AgentUse agent = AgentUse::required;
};

Found check_pools(const Pools& pools) {
  std::map<std::optional<Address>, Machine> machines;
  size_t quic_ids = 0;
  for (const auto& [name, pool] : pools) {
    if (auto found = check_pool(name, pool)) return found;
    for (const Backend& backend : pool.backends) {
      quic_ids += backend.quic_id ? 1 : 0;
      if (quic_ids > kQuicIdsMax) {
        return invalid(where_is(name, backend),
                       "a router has at most {} quic_id of all pools together", kQuicIdsMax);
      }
      const Machine machine{name, backend.state == BackendState::dead, backend.agent};
      const auto [known, added] = machines.emplace(backend.address, machine);
      if (known->second.dead != machine.dead || known->second.agent != machine.agent) {
        return invalid(where_is(name, backend),
                       "backend {} has another {} in pool {}: that is of the machine, write the "
                       "same in every pool",
                       name_of(backend.address),
                       known->second.dead != machine.dead ? "state `dead`" : "agent",
                       known->second.pool);
      }
      if (machines.size() > kBackendsMax) {
        return invalid(where_is(name, backend),
                       "a router has at most {} backends of all pools together", kBackendsMax);
      }
    }
  }
  if (pools.size() > kPoolsMax) {
    return invalid({"pools", pools.rbegin()->first}, "a router has at most {} pools", kPoolsMax);
  }
  return std::nullopt;
}

Found check_key(const ServiceKey& key) {
  if (key.port != 0 && key.protocol == Protocol::any) {
    return invalid(where_is(key), "a port needs a protocol, add tcp or udp");
  }
  if (key.port == 0 && (key.protocol != Protocol::any || key.last_port != 0)) {
    return invalid(where_is(key), "a protocol needs a port; for every port leave both out");
  }
  if (key.last_port != 0 && key.last_port <= key.port) {
    return invalid(where_is(key), "the range ends before it begins");
  }
  if (key.port != 0 && !key.prefix.is_host()) {
    return invalid(where_is(key),
                   "a port goes with a single address (/{}); leave port and protocol out, or make "
                   "a service of each address",
                   prefix_length_max(key.prefix.address()));
  }
  if (key.prefix.is_host() && is_unspecified(key.prefix.address())) {
    const std::string address = key.prefix.address().to_string();
    return invalid(where_is(key), "{} is nobody's address; for all addresses write {}/0", address,
                   address);
  }
  return std::nullopt;
}

// What is for UDP alone is no use to TCP, where it would promise something.
Found check_options(const ServiceKey& key, const ServiceOptions& options) {
  if (key.protocol != Protocol::tcp || (!options.keep_flows && !options.quic)) return std::nullopt;
  const char* name = options.keep_flows ? "keep_flows" : "quic";
  return invalid({"services", to_string(key), name},
                 "{} is for UDP and this service is by a port of TCP: leave it out, or give it to "
                 "the service of the same port with /udp",
                 name);
}

uint16_t last_port_of(const ServiceKey& key) {
  return key.last_port == 0 ? key.port : key.last_port;
}

// Keys sort by address, then first port, so only the range that reaches farthest can overlap.
class OverlapFinder {
 public:
  Found add(const ServiceKey& key) {
    if (key.port == 0) return std::nullopt;
    auto& widest = widest_[{key.prefix.address(), key.protocol}];
    if (widest && last_port_of(*widest) >= key.port) {
      return invalid({"services", to_string(key)}, "overlaps with service {}: give each port once",
                     to_string(*widest));
    }
    widest = key;
    return std::nullopt;
  }

 private:
  std::map<std::pair<Address, Protocol>, std::optional<ServiceKey>> widest_;
};

Found check_services(const Configuration& configuration) {
  OverlapFinder overlaps;
  size_t prefixes = 0;
  size_t ports = 0;
  for (const auto& [key, service] : configuration.services) {
    if (auto found = check_key(key)) return found;
    if (auto found = check_options(key, service.options)) return found;
    if (auto found = overlaps.add(key)) return found;
    if (!configuration.pools.contains(service.pool)) {
      return invalid({"services", to_string(key), "pool"}, "there is no pool '{}'", service.pool);
    }
    prefixes += key.prefix.is_host() ? 0 : 1;
    ports += std::max(port_count(key), 1u);
    if (prefixes > kPrefixServicesMax) {
      return invalid(where_is(key), "a router has at most {} services by prefix",
                     kPrefixServicesMax);
    }
    if (ports > kServicePortsMax) {
      return invalid(where_is(key),
                     "a router has at most {} ports of services, ranges counted port by port; for "
                     "every port of an address leave port and protocol out",
                     kServicePortsMax);
    }
  }
  if (configuration.services.size() > kServicesMax) {
    return invalid({"services", to_string(configuration.services.rbegin()->first)},
                   "a router has at most {} services", kServicesMax);
  }
  return std::nullopt;
}

Found check_neighbours(const Neighbours& neighbours) {
  for (const auto& [address, neighbour] : neighbours) {
    if (!is_unicast(address)) {
      return invalid({"neighbours", address.to_string()}, "{} is not the address of a machine",
                     address.to_string());
    }
    if (neighbour.interface.empty()) {
      return invalid({"neighbours", address.to_string(), "interface"},
                     "name the interface that it is reached through");
    }
  }
  if (neighbours.size() > kNeighboursMax) {
    return invalid({"neighbours", neighbours.rbegin()->first.to_string()},
                   "a router has at most {} neighbours", kNeighboursMax);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Invalid> find_invalid(const Configuration& configuration) {
  if (auto found = check_pools(configuration.pools)) return found;
  if (auto found = check_services(configuration)) return found;
  return check_neighbours(configuration.neighbours);
}

Result<void> validate(const Configuration& configuration) {
  const auto found = find_invalid(configuration);
  if (!found) return {};
  return error("{}: {}", fmt::join(found->where, "."), found->message);
}

}  // namespace ricochet

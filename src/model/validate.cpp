// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <set>

#include "model/limits.h"
#include "model/state.h"

namespace ricochet {
namespace {

using BackendAddresses = std::set<std::optional<Ipv4Address>>;

std::string name_of(const Backend& backend) {
  return backend.address ? backend.address->to_string() : "connected";
}

// An address that one machine can have: not 0.0.0.0, not multicast, not broadcast.
bool is_unicast(Ipv4Address address) {
  constexpr uint32_t kFirstMulticast = 224u << 24;
  return address != Ipv4Address{} && address.host_order() < kFirstMulticast;
}

Result<void> validate_key(const ServiceKey& key) {
  const std::string name = to_string(key);
  if (key.port != 0 && key.protocol == Protocol::any) {
    return error("service {}: a port needs a protocol, add tcp or udp", name);
  }
  if (key.port == 0 && key.protocol != Protocol::any) {
    return error("service {}: a protocol needs a port; for every port leave both out", name);
  }
  if (key.port != 0 && !key.prefix.is_host()) {
    return error(
        "service {}: a port goes with a single address (/32); leave port and protocol out, or "
        "make a service of each address",
        name);
  }
  if (key.prefix.is_host() && key.prefix.address() == Ipv4Address()) {
    return error("service {}: 0.0.0.0 is nobody's address; for all addresses write 0.0.0.0/0",
                 name);
  }
  return {};
}

Result<void> validate_backend(const ServiceKey& key, const Backend& backend) {
  if (backend.address && !is_unicast(*backend.address)) {
    return error(
        "service {}: {} is not an address of a server; give one, or `connected` for the packet's "
        "own destination",
        to_string(key), name_of(backend));
  }
  if (backend.weight < 1 || backend.weight > kMaxWeight) {
    return error("service {}: backend {} has weight {}, use 1 to {}", to_string(key),
                 name_of(backend), backend.weight, kMaxWeight);
  }
  return {};
}

Result<void> validate_pool(const ServiceKey& key, const Pool& pool) {
  BackendAddresses seen;
  for (const Backend& backend : pool.backends) {
    if (auto valid = validate_backend(key, backend); !valid) return valid;
    if (!seen.insert(backend.address).second) {
      return error("service {}: backend {} is there twice; to give it more, raise its weight",
                   to_string(key), name_of(backend));
    }
  }
  return {};
}

}  // namespace

Result<void> validate(const Services& services) {
  BackendAddresses backends;
  size_t pools = 0;
  for (const auto& [key, pool] : services) {
    if (auto valid = validate_key(key); !valid) return valid;
    if (auto valid = validate_pool(key, pool); !valid) return valid;
    if (++pools > kPoolsMax) {
      return error("service {}: a router has at most {} services, delete another one first",
                   to_string(key), kPoolsMax);
    }
    for (const Backend& backend : pool.backends) backends.insert(backend.address);
    if (backends.size() > kBackendsMax) {
      return error(
          "service {}: a router has at most {} backends of all services together, delete others "
          "first",
          to_string(key), kBackendsMax);
    }
  }
  return {};
}

Result<void> validate(const Settings& settings) {
  if (!std::has_single_bit(settings.buckets) || settings.buckets > kBucketsMax) {
    return error("{} buckets: use a power of two from 1 to {}, as in 65536", settings.buckets,
                 kBucketsMax);
  }
  return {};
}

}  // namespace ricochet

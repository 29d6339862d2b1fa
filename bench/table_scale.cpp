// SPDX-License-Identifier: Apache-2.0
#include "table_scale.h"

#include "scratch_router.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kFirstBackend = 0x0a000001;  // 10.0.0.1
constexpr uint32_t kFirstService = 0x0a010001;  // 10.1.0.1
constexpr uint16_t kServicePort = 80;

MacAddress mac_of(Address backend) {
  const uint32_t bits = backend.ipv4_host_order();
  return MacAddress({0x02, 0x52, static_cast<uint8_t>(bits >> 24), static_cast<uint8_t>(bits >> 16),
                     static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits)});
}

}  // namespace

Pool pool_of(uint32_t backends) {
  Pool pool;
  for (uint32_t index = 0; index < backends; ++index) {
    pool.backends.push_back({.address = Address::from_ipv4_host_order(kFirstBackend + index)});
  }
  return pool;
}

Pool without_one(const Pool& pool) {
  Pool smaller = pool;
  const auto middle = static_cast<ptrdiff_t>(pool.backends.size() / 2);
  smaller.backends.erase(smaller.backends.begin() + middle);
  return smaller;
}

Generation change_to(const RouterState& state, const Pool& pool) {
  Configuration wanted = state.configuration;
  wanted.pools[kPoolName] = pool;
  Generation generation;
  generation.number = state.generation + 1;
  generation.cause = "bench";
  generation.difference = difference(state.configuration, wanted);
  return generation;
}

Services services_of(uint32_t count) {
  Services services;
  for (uint32_t index = 0; index < count; ++index) {
    const auto address = Address::from_ipv4_host_order(kFirstService + index);
    services[{
        .prefix = *Prefix::make(address, 32), .port = kServicePort, .protocol = Protocol::tcp}] = {
        kPoolName};
  }
  return services;
}

LearnedNeighbours network_of(const Pool& pool) {
  LearnedNeighbours network;
  for (const Backend& backend : pool.backends) {
    network.neighbours[*backend.address] = {.interface = kScratchPort,
                                            .mac = mac_of(*backend.address)};
  }
  return network;
}

}  // namespace ricochet::bench

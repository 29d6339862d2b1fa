// SPDX-License-Identifier: Apache-2.0
//
// Short ways to write the values of the tests.
#pragma once

#include <initializer_list>
#include <stdexcept>

#include "control/reachability.h"
#include "control/route_queue.h"

namespace ricochet {

inline Ipv4Address ip(const char* text) {
  auto address = Ipv4Address::parse(text);
  if (!address) throw std::invalid_argument(address.error().message);
  return *address;
}

// "10.0.10.0:80/tcp", "10.0.1.0/24".
inline ServiceKey service(const char* name) {
  auto key = parse_service_key(name);
  if (!key) throw std::invalid_argument(key.error().message);
  return *key;
}

inline Route route(const char* service_name, const char* nexthop, uint32_t weight = 1) {
  return {.service = service(service_name), .nexthop = ip(nexthop), .weight = weight};
}

inline Route connected(const char* service_name) {
  return {.service = service(service_name), .nexthop = std::nullopt};
}

// With the MAC 02:03:04:05:06:<last>.
inline Neighbour neighbour(const char* interface, uint8_t last) {
  return {.interface = interface, .mac = MacAddress({2, 3, 4, 5, 6, last})};
}

// Of the demo network: server n is 10.0.0.n.
inline Ipv4Address server(uint32_t number) {
  return Ipv4Address::from_host_order((10u << 24) + number);
}

// Behind port p1.
inline LearnedNeighbours learned(std::initializer_list<uint32_t> servers) {
  LearnedNeighbours all;
  for (const uint32_t number : servers) {
    all.neighbours[server(number)] = neighbour("p1", static_cast<uint8_t>(number));
  }
  return all;
}

inline Pool servers(std::initializer_list<uint32_t> numbers, const TableOptions& table = {}) {
  Pool pool{.table = table, .backends = {}};
  for (const uint32_t number : numbers) pool.backends.push_back({.address = server(number)});
  return pool;
}

}  // namespace ricochet

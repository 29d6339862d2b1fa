// SPDX-License-Identifier: Apache-2.0
//
// Short ways to write the values of the tests.
#pragma once

#include <initializer_list>
#include <stdexcept>

#include "../generation/states.h"
#include "control/reachability.h"
#include "control/route_queue.h"

namespace ricochet {

inline Address ip(const char* text) {
  auto address = Address::parse(text);
  if (!address) throw std::invalid_argument(address.error().message);
  return *address;
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

// SPDX-License-Identifier: Apache-2.0
//
// Short ways to write the values of the tests.
#pragma once

#include <stdexcept>

#include "control/route_queue.h"

namespace ricochet {

inline Ipv4Address ip(const char* text) {
  auto address = Ipv4Address::parse(text);
  if (!address) throw std::invalid_argument(address.error().message);
  return *address;
}

inline ServiceKey service(const char* prefix) {
  auto parsed = Ipv4Prefix::parse(prefix);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return {.prefix = *parsed};
}

inline ServiceKey service(const char* prefix, uint16_t port, Protocol protocol = Protocol::tcp) {
  ServiceKey key = service(prefix);
  key.port = port;
  key.protocol = protocol;
  return key;
}

inline Route route(const char* prefix, const char* nexthop, uint32_t weight = 1) {
  return {.service = service(prefix), .backend = {.address = ip(nexthop), .weight = weight}};
}

inline Route connected(const char* prefix) {
  return {.service = service(prefix), .backend = {}};
}

// The MAC 02:03:04:05:06:<last>.
inline Neighbour neighbour(uint16_t port, uint8_t last) {
  return {.port = port, .mac = MacAddress({2, 3, 4, 5, 6, last})};
}

// Of the demo network: server n is 10.0.0.n.
inline Ipv4Address server(uint32_t number) {
  return Ipv4Address::from_host_order((10u << 24) + number);
}

inline Pool servers(std::initializer_list<uint32_t> numbers) {
  Pool pool;
  for (const uint32_t number : numbers) pool.backends.push_back({.address = server(number)});
  return pool;
}

}  // namespace ricochet

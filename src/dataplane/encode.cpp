// SPDX-License-Identifier: Apache-2.0
#include "dataplane/encode.h"

#include <arpa/inet.h>

#include <algorithm>

namespace ricochet {

rch_service_key encode_service(const ServiceKey& key) {
  rch_service_key encoded{};
  encoded.address = key.prefix.address().network_order();
  encoded.port = htons(key.port);
  encoded.protocol = static_cast<uint8_t>(key.protocol);
  return encoded;
}

rch_prefix_key encode_prefix(const Ipv4Prefix& prefix) {
  rch_prefix_key encoded{};
  encoded.length = prefix.length();
  encoded.address = prefix.address().network_order();
  return encoded;
}

std::optional<ServiceKey> decode_service(const rch_service_key& key) {
  const auto prefix = Ipv4Prefix::make(Ipv4Address::from_network_order(key.address), 32);
  if (!prefix) return std::nullopt;
  return ServiceKey{*prefix, ntohs(key.port), static_cast<Protocol>(key.protocol)};
}

std::optional<ServiceKey> decode_prefix(const rch_prefix_key& key) {
  const auto prefix = Ipv4Prefix::make(Ipv4Address::from_network_order(key.address), key.length);
  if (!prefix) return std::nullopt;
  return ServiceKey{*prefix, 0, Protocol::any};
}

rch_nexthop encode_nexthop(const Neighbour& neighbour, const Interface& port) {
  rch_nexthop encoded{};
  std::ranges::copy(neighbour.mac.octets(), encoded.mac);
  std::ranges::copy(port.mac.octets(), encoded.source_mac);
  encoded.ifindex = port.ifindex;
  encoded.port = neighbour.port;
  return encoded;
}

rch_mac_key encode_mac(const MacAddress& mac) {
  rch_mac_key encoded{};
  std::ranges::copy(mac.octets(), encoded.mac);
  return encoded;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/encode.h"

#include <arpa/inet.h>

#include <algorithm>

namespace ricochet {

Result<uint32_t> encode_address(Address address) {
  if (address.is_ipv4()) return address.ipv4_network_order();
  return error("{} is IPv6, which the programs do not know", address.to_string());
}

uint64_t encode_service(const ServiceKey& key) {
  return rch_service_key(key.prefix.address().ipv4_network_order(), htons(key.port),
                         static_cast<uint8_t>(key.protocol));
}

rch_prefix_key encode_prefix(const Prefix& prefix) {
  rch_prefix_key encoded{};
  encoded.length = prefix.length();
  encoded.address = prefix.address().ipv4_network_order();
  return encoded;
}

ServiceKey decode_service(uint64_t key) {
  const auto address = Address::from_ipv4_network_order(static_cast<uint32_t>(key >> 24));
  return ServiceKey{.prefix = Prefix(address),
                    .port = ntohs(static_cast<uint16_t>(key >> 8)),
                    .protocol = static_cast<Protocol>(key & 0xff)};
}

bool is_address_key(uint64_t service_key) {
  const ServiceKey decoded = decode_service(service_key);
  return decoded.port != 0 && decoded.protocol == Protocol::any;
}

std::optional<ServiceKey> decode_prefix(const rch_prefix_key& key) {
  const auto prefix = Prefix::make(Address::from_ipv4_network_order(key.address), key.length);
  if (!prefix) return std::nullopt;
  return ServiceKey{.prefix = *prefix};
}

rch_nexthop encode_nexthop(const NextHop& nexthop, const Interface& port) {
  rch_nexthop encoded{};
  std::ranges::copy(nexthop.mac.octets(), encoded.mac);
  std::ranges::copy(port.mac.octets(), encoded.source_mac);
  encoded.ifindex = port.ifindex;
  return encoded;
}

uint64_t encode_mac(const MacAddress& mac) {
  return rch_mac_key(mac.octets().data());
}

}  // namespace ricochet

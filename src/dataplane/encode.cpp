// SPDX-License-Identifier: Apache-2.0
#include "dataplane/encode.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>

namespace ricochet {

static_assert(static_cast<uint32_t>(Affinity::flow) == RCH_AFFINITY_FLOW);
static_assert(static_cast<uint32_t>(Affinity::source_ports) == RCH_AFFINITY_SOURCE_PORTS);
static_assert(static_cast<uint32_t>(Affinity::source) == RCH_AFFINITY_SOURCE);
static_assert(static_cast<uint32_t>(Affinity::source_prefix) == RCH_AFFINITY_SOURCE_PREFIX);
static_assert(sizeof(rch_address) == sizeof(Address::Octets));

rch_address encode_address(Address address) {
  return std::bit_cast<rch_address>(address.octets());
}

Address decode_address(const rch_address& address) {
  return Address(std::bit_cast<Address::Octets>(address));
}

bool is_none(const rch_address& address) {
  return std::ranges::all_of(address.word, [](__be32 word) { return word == 0; });
}

uint64_t encode_service(const ServiceKey& key) {
  return rch_service_key(key.prefix.address().ipv4_network_order(), htons(key.port),
                         static_cast<uint8_t>(key.protocol));
}

rch_service6_key encode_service6(const ServiceKey& key) {
  const rch_address address = encode_address(key.prefix.address());
  return rch_service6(&address, htons(key.port), static_cast<uint8_t>(key.protocol));
}

rch_prefix_key encode_prefix(const Prefix& prefix) {
  rch_prefix_key encoded{};
  encoded.length = prefix.length();
  encoded.address = prefix.address().ipv4_network_order();
  return encoded;
}

rch_prefix6_key encode_prefix6(const Prefix& prefix) {
  return {.length = prefix.length(), .address = encode_address(prefix.address())};
}

namespace {

Protocol decode_protocol(uint64_t bits) {
  const auto is_it = [&](Protocol one) { return (static_cast<uint64_t>(one) & 0xf) == bits; };
  return is_it(Protocol::tcp)   ? Protocol::tcp
         : is_it(Protocol::udp) ? Protocol::udp
                                : Protocol::any;
}

}  // namespace

ServiceKey decode_service(uint64_t key) {
  const auto address = Address::from_ipv4_network_order(static_cast<uint32_t>(key >> 20));
  return ServiceKey{.prefix = Prefix(address),
                    .port = ntohs(static_cast<uint16_t>(key >> 4)),
                    .protocol = decode_protocol(key & 0xf)};
}

ServiceKey decode_service6(const rch_service6_key& key) {
  return ServiceKey{.prefix = Prefix(decode_address(key.address)),
                    .port = ntohs(key.port),
                    .protocol = static_cast<Protocol>(key.protocol)};
}

bool is_address_key(const ServiceKey& decoded) {
  return decoded.port != 0 && decoded.protocol == Protocol::any;
}

std::optional<Prefix> decode_prefix(const rch_prefix_key& key) {
  const auto prefix = Prefix::make(Address::from_ipv4_network_order(key.address), key.length);
  return prefix ? std::optional(*prefix) : std::nullopt;
}

std::optional<Prefix> decode_prefix6(const rch_prefix6_key& key) {
  const auto prefix = Prefix::make(decode_address(key.address), key.length);
  return prefix ? std::optional(*prefix) : std::nullopt;
}

rch_quic_server encode_quic_server(const QuicServer& server) {
  return {.id = server.id, .pool = server.pool, .reserved = 0};
}

rch_service encode_target(const ServiceTarget& target) {
  const uint32_t keeps = target.options.keep_flows ? RCH_SERVICE_KEEP_FLOWS : 0;
  const uint32_t reads = target.options.quic ? RCH_SERVICE_QUIC : 0;
  return rch_service_of(target.pool,
                        static_cast<uint32_t>(target.options.affinity) | keeps | reads);
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

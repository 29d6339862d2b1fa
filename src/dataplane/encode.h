// SPDX-License-Identifier: Apache-2.0
//
// From the model's values to those of abi/ricochet.h, and back where maps are read.
#pragma once

#include <cstdint>
#include <optional>

#include "abi/ricochet.h"
#include "dataplane/interface.h"
#include "dataplane/router.h"
#include "model/service_key.h"

namespace ricochet {

rch_address encode_address(Address address);
Address decode_address(const rch_address& address);
// No bit is set: of nobody.
bool is_none(const rch_address& address);

// Services of a whole address are in the word table services, as keys of it, or if it is IPv6 in
// the map services6; shorter prefixes in the maps prefixes and prefixes6.
uint64_t encode_service(const ServiceKey& key);
rch_service6_key encode_service6(const ServiceKey& key);
rch_prefix_key encode_prefix(const Prefix& prefix);
rch_prefix6_key encode_prefix6(const Prefix& prefix);
ServiceKey decode_service(uint64_t key);
ServiceKey decode_service6(const rch_service6_key& key);
// Of a decoded one: whether it is no service's, but says that its address has some by port.
bool is_address_key(const ServiceKey& decoded);
std::optional<Prefix> decode_prefix(const rch_prefix_key& key);
std::optional<Prefix> decode_prefix6(const rch_prefix6_key& key);

rch_quic_server encode_quic_server(const QuicServer& server);
rch_service encode_target(const ServiceTarget& target);

// `port` is the interface that the next hop's port number names.
rch_nexthop encode_nexthop(const NextHop& nexthop, const Interface& port);
uint64_t encode_mac(const MacAddress& mac);

}  // namespace ricochet

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

// In network order. The model's validation keeps IPv6 from coming so far; who sets an entry asks.
Result<uint32_t> encode_address(Address address);

// Services of a whole address are in the word table services, as keys of it; shorter prefixes in
// the map prefixes.
uint64_t encode_service(const ServiceKey& key);
rch_prefix_key encode_prefix(const Prefix& prefix);
ServiceKey decode_service(uint64_t key);
// Whether it is no service's, but says that an address has some by port.
bool is_address_key(uint64_t service_key);
std::optional<ServiceKey> decode_prefix(const rch_prefix_key& key);

// `port` is the interface that the next hop's port number names.
rch_nexthop encode_nexthop(const NextHop& nexthop, const Interface& port);
uint64_t encode_mac(const MacAddress& mac);

}  // namespace ricochet

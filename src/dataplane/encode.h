// SPDX-License-Identifier: Apache-2.0
//
// From the model's values to those of abi/ricochet.h, and back where maps are read.
#pragma once

#include <optional>

#include "abi/ricochet.h"
#include "dataplane/xdp_link.h"
#include "model/state.h"

namespace ricochet {

// Services of a whole address are in the map services, shorter prefixes in prefixes.
rch_service_key encode_service(const ServiceKey& key);
rch_prefix_key encode_prefix(const Ipv4Prefix& prefix);
std::optional<ServiceKey> decode_service(const rch_service_key& key);
std::optional<ServiceKey> decode_prefix(const rch_prefix_key& key);

// `port` is the interface that the neighbour's port number names.
rch_nexthop encode_nexthop(const Neighbour& neighbour, const Interface& port);
rch_mac_key encode_mac(const MacAddress& mac);

}  // namespace ricochet

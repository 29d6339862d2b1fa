// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string_view>

#include "net/address.h"
#include "util/result.h"

namespace ricochet {

// One that an agent can guard: of IPv4.
Result<Address> parse_service_address(std::string_view text);

// The IPv4 addresses on lo outside of 127.0.0.0/8, in the caller's network namespace: where a
// server behind an L2 balancer keeps its service addresses.
Result<std::set<Address>> find_service_addresses();

// The same, each with the length of its prefix in bits.
Result<std::map<Address, int>> find_loopback_addresses();

}  // namespace ricochet

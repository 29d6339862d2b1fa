// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "net/ipv4.h"
#include "util/result.h"

namespace ricochet {

// The IPv4 addresses on lo outside of 127.0.0.0/8, in the caller's network namespace: where a
// server behind an L2 balancer keeps its service addresses.
Result<std::set<Ipv4Address>> find_service_addresses();

// The same, each with the length of its prefix in bits.
Result<std::map<Ipv4Address, int>> find_loopback_addresses();

}  // namespace ricochet

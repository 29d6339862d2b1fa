// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says of an interface: a part of read_host_facts().
#pragma once

#include "agent/host_check.h"

namespace ricochet {

// Fills exists, up, mtu_bytes, driver, the offloads and xdp of facts.interface.
void read_device(HostFacts& facts);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The hash of a described packet's flow, as hash_flow of bpf/affinity.h has it.
#pragma once

#include <cstdint>

#include "dataplane/live_tables.h"
#include "dataplane/trace.h"

namespace ricochet {

// service_options: of abi/ricochet.h.
uint64_t hash_flow(const LiveTables& tables, const TracedPacket& packet, uint32_t service_options);

}  // namespace ricochet

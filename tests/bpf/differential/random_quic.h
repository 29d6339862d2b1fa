// SPDX-License-Identifier: Apache-2.0
// Random servers that connection IDs name, and packets of QUIC as far as a router reads them.
#pragma once

#include "random.h"
#include "router_tables.h"

namespace ricochet::test {

// Of the pools and backends that are there.
void lay_quic(Random& random, reference::RouterTables& tables);

// What a datagram of the flow carries: of either header, and mostly with an ID of the flow's pool.
reference::Bytes some_quic_packet(Random& random, const reference::RouterTables& tables,
                                  const reference::Flow& flow);

}  // namespace ricochet::test

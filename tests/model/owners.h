// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 10: who of the owners of a bucket may be sent packets.
#pragma once

#include "router_tables.h"

namespace ricochet::reference {

// Null if it is not live, or nobody.
const Backend* live_backend(const RouterTables& tables, Slot slot);
// The first live one from `first` on.
std::optional<unsigned> live_owner(const RouterTables& tables, const Bucket& bucket,
                                   unsigned first);
// Of a flow, in the pool; one without owners if that has none.
Bucket bucket_of(const Pool& pool, uint64_t flow_hash);

}  // namespace ricochet::reference

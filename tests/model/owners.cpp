// SPDX-License-Identifier: Apache-2.0
#include "owners.h"

#include "find.h"

namespace ricochet::reference {

const Backend* live_backend(const RouterTables& tables, Slot slot) {
  const Backend* backend = slot == kNobody ? nullptr : find(tables.backends, slot);
  return backend && backend->live ? backend : nullptr;
}

std::optional<unsigned> live_owner(const RouterTables& tables, const Bucket& bucket,
                                   unsigned first) {
  for (unsigned i = first; i < bucket.owners.size(); i++)
    if (live_backend(tables, bucket.owners[i])) return i;
  return std::nullopt;
}

Bucket bucket_of(const Pool& pool, uint64_t flow_hash) {
  if (pool.buckets.empty()) return {};
  return pool.buckets[bucket_index(flow_hash, pool.buckets.size())];
}

}  // namespace ricochet::reference

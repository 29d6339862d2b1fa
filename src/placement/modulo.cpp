// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "placement/bucket.h"

namespace ricochet {

uint32_t paper_bucket_count(size_t next_hops) {
  if (next_hops <= 1) return static_cast<uint32_t>(next_hops);
  return 4 * static_cast<uint32_t>(std::bit_ceil(next_hops));
}

std::vector<BackendId> place_modulo(std::span<const Candidate> candidates, uint32_t count) {
  if (candidates.empty()) return {};
  std::vector<BackendId> owners(count);
  for (uint32_t bucket = 0; bucket < count; ++bucket) {
    owners[bucket] = candidates[bucket % candidates.size()].id;
  }
  return owners;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/region_allocator.h"

#include <iterator>

namespace ricochet {
namespace {

constexpr uint32_t kFirstOffset = 1;

}  // namespace

std::optional<uint32_t> RegionAllocator::allocate(uint32_t count) {
  if (count == 0) return std::nullopt;
  uint32_t gap = kFirstOffset;
  for (const auto& [offset, used_count] : regions_) {
    if (offset - gap >= count) break;
    gap = offset + used_count;
  }
  if (!reserve(gap, count)) return std::nullopt;
  return gap;
}

bool RegionAllocator::reserve(uint32_t offset, uint32_t count) {
  if (offset < kFirstOffset || count == 0) return false;
  if (offset > capacity_ || count > capacity_ - offset) return false;
  const auto next = regions_.lower_bound(offset);
  if (next != regions_.end() && next->first - offset < count) return false;
  if (next != regions_.begin()) {
    const auto& [previous, previous_count] = *std::prev(next);
    if (offset - previous < previous_count) return false;
  }
  regions_.emplace(offset, count);
  return true;
}

void RegionAllocator::release(uint32_t offset) {
  regions_.erase(offset);
}

uint32_t RegionAllocator::used() const {
  uint32_t sum = 0;
  for (const auto& [offset, count] : regions_) sum += count;
  return sum;
}

}  // namespace ricochet

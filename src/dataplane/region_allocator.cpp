// SPDX-License-Identifier: Apache-2.0
#include "dataplane/region_allocator.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>

namespace ricochet {
namespace {

constexpr uint32_t kFirstOffset = 1;

}  // namespace

std::optional<RegionAllocator::Room> RegionAllocator::make_room(uint32_t count) const {
  if (!std::has_single_bit(count)) return std::nullopt;
  if (uint64_t{kFirstOffset} + used() + count > capacity_) return std::nullopt;
  RegionAllocator rehearsal = *this;
  Room room{};
  room.offset = rehearsal.clear_place(count, room.moves);
  return room;
}

// Reserves a place of `count` buckets, of which as many must be free, and moves what is in it
// elsewhere. That ends well: all other places of this size are full, or like this one hold smaller
// regions; so does the rest at the end of memory. What this one holds is no more than what is free
// outside of it, and finds room there by the same argument with smaller places.
uint32_t RegionAllocator::clear_place(uint32_t count, std::vector<Move>& moves) {
  const Region place = emptiest_place(count);
  std::vector<Region> content = regions_in(place);
  std::ranges::stable_sort(content, std::greater{}, &Region::count);
  for (const Region& region : content) release(region.offset);
  reserve(place.offset, count);
  for (const Region& region : content) {
    const uint32_t to = clear_place(region.count, moves);
    moves.push_back({.from = region.offset, .to = to, .count = region.count});
  }
  return place.offset;
}

// The first one of those that no region fills.
RegionAllocator::Region RegionAllocator::emptiest_place(uint32_t count) const {
  Region best{.offset = kFirstOffset, .count = count};
  uint32_t least_used = count;
  for (Region place = best; least_used > 0 && capacity_ - place.offset >= count;) {
    const std::vector<Region> content = regions_in(place);
    if (!content.empty() && content.front().count >= count) {
      place.offset = content.front().offset + content.front().count;
      continue;
    }
    uint32_t used = 0;
    for (const Region& region : content) used += region.count;
    if (used < least_used) {
      best = place;
      least_used = used;
    }
    place.offset += count;
  }
  return best;
}

// All that overlap the place, in ascending order. A larger region than the place is around it.
std::vector<RegionAllocator::Region> RegionAllocator::regions_in(const Region& place) const {
  std::vector<Region> found;
  auto it = regions_.lower_bound(place.offset);
  if (it != regions_.begin()) {
    const auto& [offset, count] = *std::prev(it);
    if (place.offset - offset < count) found.push_back({offset, count});
  }
  for (; it != regions_.end() && it->first < place.offset + place.count; ++it) {
    found.push_back({it->first, it->second});
  }
  return found;
}

bool RegionAllocator::reserve(uint32_t offset, uint32_t count) {
  if (!std::has_single_bit(count) || offset < kFirstOffset) return false;
  if ((offset - kFirstOffset) % count != 0) return false;
  if (offset > capacity_ || count > capacity_ - offset) return false;
  if (!regions_in({offset, count}).empty()) return false;
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

// SPDX-License-Identifier: Apache-2.0
//
// Which parts of the data plane's one array of buckets are in use. Pure bookkeeping.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace ricochet {

// A binary buddy system over [1, capacity): bucket 0 stays empty, see abi/ricochet.h. A region has
// a power of two of buckets and begins at 1 + a multiple of them. So whatever is free can always be
// made one piece by moving smaller regions: memory that is there can be had.
class RegionAllocator {
 public:
  struct Move {
    uint32_t from;
    uint32_t to;
    uint32_t count;

    bool operator==(const Move&) const = default;
  };
  // Where there is room, once these moves are made in this order.
  struct Room {
    std::vector<Move> moves;
    uint32_t offset;
  };

  explicit RegionAllocator(uint32_t capacity) : capacity_(capacity) {}

  // Nothing: fewer than `count` buckets are free. Takes nothing yet: each move is a reserve() and,
  // when nobody reads the old place any more, a release(); then the room is to be reserved.
  [[nodiscard]] std::optional<Room> make_room(uint32_t count) const;
  // Takes exactly this region. False if it is no region, or overlaps one.
  bool reserve(uint32_t offset, uint32_t count);
  // offset must come from reserve.
  void release(uint32_t offset);

  [[nodiscard]] uint32_t capacity() const { return capacity_; }
  [[nodiscard]] uint32_t used() const;

 private:
  struct Region {
    uint32_t offset;
    uint32_t count;
  };
  uint32_t clear_place(uint32_t count, std::vector<Move>& moves);
  [[nodiscard]] Region emptiest_place(uint32_t count) const;
  [[nodiscard]] std::vector<Region> regions_in(const Region& place) const;

  uint32_t capacity_;
  std::map<uint32_t, uint32_t> regions_;  // offset -> count
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Which parts of the data plane's one array of buckets are in use. Pure bookkeeping.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace ricochet {

// First fit over [1, capacity): bucket 0 stays empty, see abi/ricochet.h.
class RegionAllocator {
 public:
  explicit RegionAllocator(uint32_t capacity) : capacity_(capacity) {}

  // Offset of `count` free buckets in a row, or nothing when there is no such gap.
  std::optional<uint32_t> allocate(uint32_t count);
  // Takes exactly this region (one found in use at start). False if it overlaps or does not fit.
  bool reserve(uint32_t offset, uint32_t count);
  // offset must come from allocate or reserve.
  void release(uint32_t offset);

  [[nodiscard]] uint32_t capacity() const { return capacity_; }
  [[nodiscard]] uint32_t used() const;

 private:
  uint32_t capacity_;
  std::map<uint32_t, uint32_t> regions_;  // offset -> count
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The daemon's side of the pins (abi/ricochet.h): the program writes them, this lets them age. Both
// do so without a lock, and lose at worst a pin that the other writes at the same moment.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abi/ricochet.h"
#include "util/result.h"

namespace ricochet {

// Sweeps that a pin outlives without being used.
inline constexpr uint32_t kPinSweeps = RCH_PIN_AGE_MAX + 1;

struct PinUse {
  uint32_t used = 0;
  uint32_t capacity = 0;  // 0: there are no pins
};

class PinTable {
 public:
  // Maps the array map of `sets` sets; none: a table without pins. The descriptor stays the
  // caller's.
  static Result<PinTable> map(int fd, uint32_t sets);
  PinTable(PinTable&& other) noexcept;
  PinTable& operator=(PinTable&&) = delete;
  ~PinTable();

  // Makes each pin a sweep older and forgets those that nobody used for kPinSweeps.
  void sweep();
  // Of all pins (rch_bucket_hash).
  [[nodiscard]] std::vector<uint32_t> bucket_hashes() const;
  [[nodiscard]] PinUse use() const;

 private:
  explicit PinTable(std::span<rch_word_set> sets) : sets_(sets) {}

  std::span<rch_word_set> sets_;
};

}  // namespace ricochet

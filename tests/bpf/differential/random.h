// SPDX-License-Identifier: Apache-2.0
// Random numbers by a seed, the same on every machine, and cheap to begin anew for each case.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ricochet::test {

class Random {
 public:
  // Of any number of seeds, which may be small and alike.
  template <class... Seeds>
  explicit Random(Seeds... seeds) {
    ((state_ = next() ^ seeds), ...);
  }

  // SplitMix64.
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
  }

  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }
  bool chance(uint32_t percent) { return below(100) < percent; }
  uint8_t octet() { return static_cast<uint8_t>(next()); }
  uint16_t number16() { return static_cast<uint16_t>(next()); }
  uint32_t number32() { return static_cast<uint32_t>(next()); }

  template <class Container>
  const typename Container::value_type& one_of(const Container& choices) {
    return *(choices.begin() + below(static_cast<uint32_t>(choices.size())));
  }

 private:
  uint64_t state_ = 0;
};

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "mark.h"

#include <array>

namespace ricochet::reference {
namespace {

constexpr uint8_t kEcmpErTos = 0x01;
constexpr uint8_t kEcnBits = 0x03;
constexpr std::array<uint8_t, kRestartMark + 1> kCodePoints = {0, 3, 7, 11, 15, 19, 23};

}  // namespace

Mark mark_of(uint8_t tos, MarkMode mode, Mark ecmp_er_mark) {
  if (mode == MarkMode::ecmp_er) return tos == kEcmpErTos ? ecmp_er_mark : kNoMark;
  for (Mark mark = 1; mark <= kRestartMark; mark++)
    if (kCodePoints[mark] == tos >> 2) return mark;
  return kNoMark;
}

// What a pin led is not counted: the search of its server is still to begin.
Mark mark_of_bounce(Mark mark) {
  const bool was_led = mark == kPinnedMark || mark == kRestartMark;
  return was_led ? kRestartMark : mark + 1;
}

uint8_t tos_with_mark(uint8_t tos, MarkMode mode, Mark mark) {
  if (mode == MarkMode::ecmp_er) return mark == kNoMark ? 0 : kEcmpErTos;
  return static_cast<uint8_t>(kCodePoints[mark] << 2 | (tos & kEcnBits));
}

}  // namespace ricochet::reference

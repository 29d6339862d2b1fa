// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 2: the mark, how often a packet was bounced or that a pin led
// it, in the ToS byte.
#pragma once

#include <cstdint>

namespace ricochet::reference {

// dscp: the code points 3, 7, 11, 15, 19 and 23 above the two ECN bits, which stay as they are.
// ecmp_er: the whole byte is 0x01, and there is one mark.
enum class MarkMode { dscp, ecmp_er };

using Mark = unsigned;
inline constexpr Mark kNoMark = 0;
// 1 to 3 are attempts.
inline constexpr Mark kFinalMark = 4;
// Of a packet that goes where a pin says, and of one that comes back from there.
inline constexpr Mark kPinnedMark = 5;
inline constexpr Mark kRestartMark = 6;

// What the one mark of ecmp_er means to who reads it: the paper's previous table to a router, and
// to an agent that there is no other server to ask.
inline constexpr Mark kEcmpErMarkOfRouter = 1;
inline constexpr Mark kEcmpErMarkOfAgent = kFinalMark;

Mark mark_of(uint8_t tos, MarkMode mode, Mark ecmp_er_mark);
// With which a server sends back what came to it with this one.
Mark mark_of_bounce(Mark mark);
uint8_t tos_with_mark(uint8_t tos, MarkMode mode, Mark mark);

}  // namespace ricochet::reference

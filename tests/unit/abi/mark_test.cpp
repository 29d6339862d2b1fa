// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

constexpr unsigned kTosValues = 256;

TEST(MarkTest, SurvivesThePacketWhateverItsTosWas) {
  for (uint32_t mark = RCH_MARK_NONE; mark <= RCH_MARK_RESTART; ++mark) {
    for (unsigned tos = 0; tos < kTosValues; ++tos) {
      const __u8 marked = rch_mark_to_tos(mark, static_cast<__u8>(tos));
      EXPECT_EQ(rch_mark_from_tos(marked), mark) << "tos " << tos;
    }
  }
}

TEST(MarkTest, LeavesTheEcnBitsAlone) {
  for (uint32_t mark = RCH_MARK_NONE; mark <= RCH_MARK_RESTART; ++mark) {
    for (unsigned tos = 0; tos < kTosValues; ++tos) {
      const __u8 marked = rch_mark_to_tos(mark, static_cast<__u8>(tos));
      EXPECT_EQ(marked & RCH_ECN_MASK, tos & RCH_ECN_MASK) << "mark " << mark;
    }
  }
}

// Pool 2 of RFC 2474, xxxx11: what networks promise to keep for local use.
TEST(MarkTest, UsesLocalCodePointsOnly) {
  for (uint32_t mark = 1; mark <= RCH_MARK_RESTART; ++mark) {
    EXPECT_EQ((rch_mark_to_tos(mark, 0) >> 2) & 3, 3) << "mark " << mark;
  }
}

TEST(MarkTest, IsReadFromItsOwnCodePointsOnly) {
  std::map<unsigned, uint32_t> marks_by_dscp;
  for (uint32_t mark = 1; mark <= RCH_MARK_RESTART; ++mark) {
    marks_by_dscp[rch_mark_to_tos(mark, 0) >> 2] = mark;
  }
  ASSERT_EQ(marks_by_dscp.size(), RCH_MARK_RESTART);
  for (unsigned tos = 0; tos < kTosValues; ++tos) {
    const auto found = marks_by_dscp.find(tos >> 2);
    const uint32_t expected = found == marks_by_dscp.end() ? RCH_MARK_NONE : found->second;
    EXPECT_EQ(rch_mark_from_tos(static_cast<__u8>(tos)), expected) << "tos " << tos;
  }
}

// Attempt by attempt to the final one; where a pin led there are no attempts to count.
TEST(MarkTest, ABounceIsMarkedByWhatThePacketCameWith) {
  EXPECT_EQ(rch_mark_of_bounce(RCH_MARK_NONE), 1u);
  EXPECT_EQ(rch_mark_of_bounce(2), 3u);
  EXPECT_EQ(rch_mark_of_bounce(RCH_OWNERS - 1), uint32_t{RCH_MARK_FINAL});
  EXPECT_EQ(rch_mark_of_bounce(RCH_MARK_PINNED), uint32_t{RCH_MARK_RESTART});
  EXPECT_EQ(rch_mark_of_bounce(RCH_MARK_RESTART), uint32_t{RCH_MARK_RESTART});
}

TEST(MarkTest, ThePapersMarkIsNoneOfThem) {
  EXPECT_EQ(rch_mark_from_tos(RCH_TOS_ECMP_ER), RCH_MARK_NONE);
}

}  // namespace
}  // namespace ricochet

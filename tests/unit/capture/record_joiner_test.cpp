// SPDX-License-Identifier: Apache-2.0
#include "capture/record_joiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ricochet {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kOffsetNs = 1'000;

// What came out, in words: "in 3 abc forward".
class RecordJoinerTest : public ::testing::Test {
 protected:
  void add(rch_tap_direction direction, uint16_t cpu, uint32_t ifindex, std::string_view bytes,
           uint8_t verdict = 0) {
    const rch_tap_record record{
        .time_ns = 5,
        .ifindex = ifindex,
        .packet_bytes = 60,
        .captured_bytes = static_cast<uint32_t>(bytes.size()),
        .direction = static_cast<uint8_t>(direction),
        .verdict = verdict,
        .cpu = cpu,
    };
    // Gone when add returns, as a ring buffer's record is.
    const std::string copy(bytes);
    joiner_.add(record, {reinterpret_cast<const uint8_t*>(copy.data()), copy.size()});
  }

  std::vector<std::string> shown_;
  std::vector<uint64_t> times_ns_;
  std::vector<uint32_t> packet_bytes_;
  RecordJoiner joiner_{
      TapProgram::router, kOffsetNs, [this](const CapturedPacket& packet) {
        const std::string direction = packet.direction == PacketDirection::out ? "out" : "in";
        const std::string verdict(packet.verdict ? packet.verdict->name : "?");
        shown_.push_back(direction + " " + std::to_string(packet.ifindex) + " " +
                         std::string(packet.bytes.begin(), packet.bytes.end()) + " " + verdict);
        times_ns_.push_back(packet.time_ns);
        packet_bytes_.push_back(packet.packet_bytes);
      }};
};

TEST_F(RecordJoinerTest, AForwardedPacketIsShownAsItCameAndAsItLeft) {
  add(RCH_TAP_IN, 0, 3, "before");
  EXPECT_THAT(shown_, ElementsAre());
  add(RCH_TAP_OUT, 0, 4, "after", RCH_ROUTER_BOUNCED);
  EXPECT_THAT(shown_, ElementsAre("in 3 before bounced", "out 4 after bounced"));
  EXPECT_THAT(times_ns_, ElementsAre(1'005, 1'005));
  EXPECT_THAT(packet_bytes_, ElementsAre(60, 60));
}

TEST_F(RecordJoinerTest, ADroppedPacketIsShownOnce) {
  add(RCH_TAP_IN, 0, 3, "it");
  add(RCH_TAP_END, 0, 3, "it", RCH_ROUTER_DROP_SETTLING);
  joiner_.flush();
  EXPECT_THAT(shown_, ElementsAre("in 3 it drop_settling"));
}

TEST_F(RecordJoinerTest, CpusDoNotMix) {
  add(RCH_TAP_IN, 0, 3, "a");
  add(RCH_TAP_IN, 1, 4, "b");
  add(RCH_TAP_END, 1, 4, "b", RCH_ROUTER_DROP_FRAGMENT);
  add(RCH_TAP_OUT, 0, 5, "a", RCH_ROUTER_FORWARD);
  EXPECT_THAT(shown_, ElementsAre("in 4 b drop_fragment", "in 3 a forward", "out 5 a forward"));
}

TEST_F(RecordJoinerTest, ALostVerdictIsNotTakenFromTheNextPacket) {
  add(RCH_TAP_IN, 0, 3, "a");
  add(RCH_TAP_IN, 0, 3, "b");
  add(RCH_TAP_END, 0, 3, "b", RCH_ROUTER_DROP_FRAGMENT);
  EXPECT_THAT(shown_, ElementsAre("in 3 a ?", "in 3 b drop_fragment"));
}

TEST_F(RecordJoinerTest, AnEndWhoseArrivalWasBeforeTheCaptureIsShown) {
  add(RCH_TAP_END, 0, 3, "a", RCH_ROUTER_DROP_FRAGMENT);
  add(RCH_TAP_OUT, 0, 4, "b", RCH_ROUTER_FORWARD);
  EXPECT_THAT(shown_, ElementsAre("in 3 a drop_fragment", "out 4 b forward"));
}

TEST_F(RecordJoinerTest, FlushShowsWhatStillWaitsOnce) {
  add(RCH_TAP_IN, 0, 3, "a");
  joiner_.flush();
  joiner_.flush();
  EXPECT_THAT(shown_, ElementsAre("in 3 a ?"));
}

}  // namespace
}  // namespace ricochet

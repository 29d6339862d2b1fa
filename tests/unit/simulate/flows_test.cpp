// SPDX-License-Identifier: Apache-2.0
#include "simulate/flows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "simulate/packet_windows.h"

namespace ricochet {
namespace {

constexpr double kTimeS = 1000;

TEST(Flow, CountsItsPacketsBeforeATime) {
  const Flow flow{.start_s = 10, .gap_s = 2, .packets = 4};  // at 10, 12, 14 and 16 s
  EXPECT_EQ(flow.end_s(), 16);
  EXPECT_EQ(flow.packets_before(0), 0u);
  EXPECT_EQ(flow.packets_before(10), 0u);
  EXPECT_EQ(flow.packets_before(10.5), 1u);
  EXPECT_EQ(flow.packets_before(14), 2u);
  EXPECT_EQ(flow.packets_before(16.1), 4u);
  EXPECT_EQ(flow.packets_before(1e12), 4u);
}

TEST(MakeFlows, TheSameOfTheSameSeed) {
  const auto key = [](const Flow& flow) {
    return std::tuple(flow.start_s, flow.gap_s, flow.packets, flow.hash);
  };
  const auto flows = make_flows(1000, kTimeS, 7);
  EXPECT_TRUE(std::ranges::equal(flows, make_flows(1000, kTimeS, 7), {}, key, key));
  EXPECT_FALSE(std::ranges::equal(flows, make_flows(1000, kTimeS, 8), {}, key, key));
}

TEST(MakeFlows, StartsAscendAndFillTheTime) {
  const auto flows = make_flows(10'000, kTimeS, 1);
  EXPECT_TRUE(std::ranges::is_sorted(flows, {}, &Flow::start_s));
  EXPECT_NEAR(flows.back().start_s, kTimeS, 0.05 * kTimeS);
  EXPECT_NEAR(flows[5000].start_s, kTimeS / 2, 0.05 * kTimeS);
}

TEST(MakeFlows, DurationsAreHeavyTailed) {
  auto flows = make_flows(100'000, kTimeS, 1);
  std::vector<double> durations_s;
  for (const Flow& flow : flows) {
    ASSERT_GE(flow.packets, 2u);
    ASSERT_GE(flow.gap_s, 0.99f * static_cast<float>(kGapMinS));
    ASSERT_LE(flow.gap_s, kGapMaxS);
    durations_s.push_back(flow.end_s() - flow.start_s);
  }
  std::ranges::sort(durations_s);
  EXPECT_LE(durations_s.back(), 1.001 * kDurationMaxS);
  EXPECT_LT(durations_s[50'000], 5);
  EXPECT_GT(durations_s[99'000], 300);
}

TEST(PacketWindows, EachPacketInItsHalfMinute) {
  PacketWindows windows;
  windows.add({.start_s = 10, .gap_s = 10, .packets = 8}, 1, 7);  // at 20, 30 ... 70 s
  EXPECT_EQ(windows[0], 1u);
  EXPECT_EQ(windows[1], 3u);
  EXPECT_EQ(windows[2], 2u);
  EXPECT_EQ(windows[3], 0u);
}

TEST(PacketWindows, WhatComesAfterTheEndIsLeftOut) {
  PacketWindows windows;
  const Flow flow{.start_s = kSimulatedTimeS - 5, .gap_s = 2, .packets = 10};
  windows.add(flow, 0, 10);
  EXPECT_EQ(windows[kWindows - 1], 3u);
}

}  // namespace
}  // namespace ricochet

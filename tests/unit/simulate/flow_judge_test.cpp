// SPDX-License-Identifier: Apache-2.0
#include "simulate/flow_judge.h"

#include <gtest/gtest.h>

#include <optional>

#include "tables.h"

namespace ricochet {
namespace {

// At 0, 10, 20 ... s: ten packets.
constexpr Flow kFlow{.start_s = 0, .gap_s = 10, .packets = 10};

// One bucket, whose owners are these from 0 s, 25 s, 45 s and so on. All backends live but those
// who die at their time.
struct Scene {
  Scene(const std::vector<Bucket>& owners, FlowMemoryState flow_memory = {},
        std::vector<FleetChange> dying = {})
      : memory(flow_memory) {
    changes = {change_to(FleetState::active, 1, kBackends)};
    for (size_t i = 1; i < owners.size(); ++i) {
      changes.push_back({.time_s = 5 + 20 * static_cast<double>(i)});
    }
    for (const FleetChange& death : dying) {
      for (FleetChange& change : changes) {
        if (change.time_s == death.time_s) change.transitions = death.transitions;
      }
    }
    std::vector<std::vector<Bucket>> tables;
    for (const Bucket& bucket : owners) tables.push_back({bucket});
    WrittenTables maker(tables);
    series.emplace(maker, changes, kBackends);
    deaths = find_deaths(changes, kBackends);
    judge.emplace(*series, changes, deaths, memory);
  }

  Tally tally(const Flow& flow) {
    judge->judge(std::span(&flow, 1));
    return judge->tally();
  }

  static constexpr size_t kBackends = 9;
  FlowMemoryState memory;
  std::vector<FleetChange> changes;
  std::optional<TableSeries> series;
  Deaths deaths;
  std::optional<FlowJudge> judge;
};

TEST(FlowJudge, WhatDoesNotMoveGoesStraight) {
  const Tally tally = Scene({{{1}}, {{1, 2}}}).tally(kFlow);
  EXPECT_EQ(tally, (Tally{.flows = 1, .packets = 10, .flows_by_attempts = {1}}));
}

TEST(FlowJudge, EachPacketOfAMovedFlowBounces) {
  // 1 is the second from 25 s and the third from 45 s.
  const Tally tally = Scene({{{1}}, {{2, 1}}, {{3, 2, 1}}}).tally(kFlow);
  EXPECT_EQ(tally, (Tally{.flows = 1,
                          .packets = 10,
                          .bounced_packets = 7,
                          .bounces = 2 + 2 * 5,
                          .flows_by_attempts = {0, 0, 1}}));
}

TEST(FlowJudge, AFlowWhoseServerIsForgottenIsLostWithItsNextPacket) {
  const Tally tally = Scene({{{1}}, {{2}}}).tally(kFlow);
  EXPECT_EQ(tally,
            (Tally{.flows = 1, .packets = 3, .lost_by_balancer = 1, .flows_by_attempts = {1}}));
}

TEST(FlowJudge, AFlowThatIsSilentMeanwhileIsNotLost) {
  const Flow silent{.start_s = 0, .gap_s = 50, .packets = 3};
  EXPECT_EQ(Scene({{{1}}, {{2}}, {{1}}}).tally(silent).lost_by_balancer, 0u);
}

TEST(FlowJudge, AFlowThatHasEndedIsNotLost) {
  const Flow ended{.start_s = 0, .gap_s = 10, .packets = 3};
  EXPECT_EQ(Scene({{{1}}, {{2}}}).tally(ended).lost_by_balancer, 0u);
}

TEST(FlowJudge, AFlowBelongsToWhoTookItsFirstPacket) {
  const Flow later{.start_s = 30, .gap_s = 10, .packets = 3};
  EXPECT_EQ(Scene({{{1}}, {{2, 1}}, {{1}}}).tally(later).lost_by_balancer, 1u);
}

TEST(FlowJudge, NobodyTakesTheFirstPacket) {
  EXPECT_EQ(Scene(std::vector<Bucket>{{}}).tally(kFlow).lost_by_balancer, 1u);
}

TEST(FlowJudge, WithTheServerIsNotByTheBalancer) {
  const Tally tally =
      Scene({{{1}}, {{2, 1}}, {{2, 1}}}, {}, {change_to(FleetState::dead, 1, 1, 45)}).tally(kFlow);
  EXPECT_EQ(tally, (Tally{.flows = 1,
                          .packets = 5,
                          .lost_with_server = 1,
                          .bounced_packets = 2,
                          .bounces = 2,
                          .flows_by_attempts = {0, 1}}));
}

TEST(FlowJudge, AConnectionTableKeepsAFlowThatMoved) {
  FlowMemoryState memory{.kind = FlowMemory::connections};
  EXPECT_EQ(Scene({{{1}}, {{2}}}, memory).tally(kFlow).lost_by_balancer, 0u);
  memory.lru_s = 9;  // the entry is evicted between two packets
  EXPECT_EQ(Scene({{{1}}, {{2}}}, memory).tally(kFlow).lost_by_balancer, 1u);
}

TEST(FlowJudge, AtAnotherBalancerAFlowIsLostIfItsBucketHasMoved) {
  FlowMemoryState memory{.kind = FlowMemory::connections, .emptied_at_s = 35};
  EXPECT_EQ(Scene({{{1}}, {{2}}}, memory).tally(kFlow).packets, 4u);
  // There before the bucket moves: it has an entry again.
  memory.emptied_at_s = 15;
  EXPECT_EQ(Scene({{{1}}, {{2}}}, memory).tally(kFlow).lost_by_balancer, 0u);
  // Begun there.
  const Flow later{.start_s = 16, .gap_s = 10, .packets = 3};
  EXPECT_EQ(Scene({{{1}}, {{2}}}, memory).tally(later).lost_by_balancer, 0u);
}

TEST(FlowJudge, AFlowWithAPinBouncesOnce) {
  FlowMemoryState memory{.kind = FlowMemory::pins};
  Scene scene({{{1}}, {{2, 1}}, {{3, 2, 1}}, {{4, 3, 2}}}, memory);
  EXPECT_EQ(scene.tally(kFlow), (Tally{.flows = 1,
                                       .packets = 10,
                                       .bounced_packets = 1,
                                       .bounces = 1,
                                       .flows_by_attempts = {0, 1}}));
  ASSERT_EQ(scene.judge->pinned().size(), 1u);
  EXPECT_EQ(scene.judge->pinned()[0].packets, 7u);
}

TEST(FlowJudge, APinThatIsEvictedCostsABounceAgain) {
  FlowMemoryState memory{.kind = FlowMemory::pins, .lru_s = 9};
  EXPECT_EQ(Scene({{{1}}, {{2, 1}}}, memory).tally(kFlow).bounced_packets, 7u);
  EXPECT_EQ(Scene({{{1}}, {{2, 1}}, {{3, 2}}}, memory).tally(kFlow).lost_by_balancer, 1u);
}

TEST(FlowJudge, TheGreatestShareOfAHalfMinute) {
  Scene scene({{{1}}, {{2, 1}}, {{1}}});
  scene.tally(kFlow);  // 0, 10, 20 | 30*, 40*, 50 | 60, 70, 80 | 90
  EXPECT_DOUBLE_EQ(scene.judge->peak_bounced_share(), 2.0 / 3);
}

}  // namespace
}  // namespace ricochet

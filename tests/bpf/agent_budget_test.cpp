// SPDX-License-Identifier: Apache-2.0
// Rows 6 and 7 of DESIGN 2.3: the budget of bounces. Time is told to the budget, not waited for.
#include <sched.h>

#include <algorithm>
#include <ctime>

#include "agent_scene.h"

namespace ricochet::test {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

uint64_t coarse_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

// A budget is one CPU's: the test stays on one.
class AgentBudgetTest : public AgentScene {
 protected:
  void SetUp() override {
    AgentScene::SetUp();
    if (IsSkipped()) return;
    sched_getaffinity(0, sizeof(cpus_), &cpus_);
    cpu_ = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu_, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  void TearDown() override {
    if (!IsSkipped()) sched_setaffinity(0, sizeof(cpus_), &cpus_);
  }

  BounceBudget budget() { return agent().budget(cpu_); }

  const Packet ack_ = Packet::tcp(kStranger, kServer);

 private:
  cpu_set_t cpus_{};
  int cpu_ = 0;
};

TEST_F(AgentBudgetTest, IsSpentOneByOne) {
  load({.bounces_per_second = 0});
  agent().set_budget({.bounces = 3, .refilled_ns = 0});
  for (uint64_t left = 3; left > 0; left--) {
    EXPECT_EQ(left, budget().bounces);
    EXPECT_EQ(bounced(ack_), send(ack_));
  }
  for (int i = 0; i < 3; i++) EXPECT_EQ(dropped(ack_, "drop_budget"), send(ack_));
  EXPECT_EQ(0u, budget().bounces);
}

TEST_F(AgentBudgetTest, SpentItDropsAlsoWhatIsUnfit) {
  load({.bounces_per_second = 0});
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  const Packet packet = peer.next_segment().sequence(7 + (1u << 31));
  Outcome expected = dropped(packet, "drop_budget");
  expected.counted["bounce_unfit"] = 1;
  EXPECT_EQ(expected, send(packet));
}

TEST_F(AgentBudgetTest, IsNotAskedForWhatIsTaken) {
  load({.bounces_per_second = 0});
  const Listener listener(kServer.port);
  ScriptedPeer peer = new_peer(7);
  peer.establish();
  agent().set_budget({.bounces = 5, .refilled_ns = 0});
  EXPECT_EQ(taken(peer.next_segment(), "take_socket"), send(peer.next_segment()));
  EXPECT_EQ(taken(ack_.flags(kSyn), "take_syn"), send(ack_.flags(kSyn)));
  EXPECT_EQ(taken(ack_, "take_final"), send(ack_.tos(kTosOfFinal)));
  EXPECT_EQ(dropped(ack_.ttl(1), "drop_ttl_expired"), send(ack_.ttl(1)));
  EXPECT_EQ(5u, budget().bounces);
}

TEST_F(AgentBudgetTest, BeginsFull) {
  load({.bounces_per_second = 1000, .bounce_burst = 8});
  EXPECT_EQ(bounced(ack_), send(ack_));
  EXPECT_EQ(8u - 1, budget().bounces);
}

TEST_F(AgentBudgetTest, IsRefilledForNoMoreThanASecond) {
  load({.bounces_per_second = 5, .bounce_burst = 1000});
  agent().set_budget({.bounces = 0, .refilled_ns = 0});
  EXPECT_EQ(bounced(ack_), send(ack_));
  EXPECT_EQ(5u - 1, budget().bounces);
}

TEST_F(AgentBudgetTest, IsRefilledToTheBurst) {
  load({.bounces_per_second = 1000, .bounce_burst = 30});
  agent().set_budget({.bounces = 0, .refilled_ns = 0});
  EXPECT_EQ(bounced(ack_), send(ack_));
  EXPECT_EQ(30u - 1, budget().bounces);
}

TEST_F(AgentBudgetTest, IsNotRefilledBeforeItIsUsedUp) {
  load({.bounces_per_second = 1000, .bounce_burst = 30});
  agent().set_budget({.bounces = 2, .refilled_ns = 0});
  EXPECT_EQ(bounced(ack_), send(ack_));
  EXPECT_EQ(1u, budget().bounces);
}

TEST_F(AgentBudgetTest, IsRefilledByTheTimeThatPassed) {
  constexpr uint64_t kRate = 1'000'000'000;  // one a nanosecond, so that each counts
  load({.bounces_per_second = kRate, .bounce_burst = UINT64_MAX});
  for (const uint64_t ago_ns : {kNsPerSecond / 1000, kNsPerSecond / 3}) {
    const uint64_t then_ns = coarse_now_ns() - ago_ns;
    agent().set_budget({.bounces = 0, .refilled_ns = then_ns});
    EXPECT_EQ(bounced(ack_), send(ack_));
    const BounceBudget left = budget();
    const uint64_t passed_ns = left.refilled_ns - then_ns;
    EXPECT_GE(passed_ns, ago_ns);
    EXPECT_LE(left.refilled_ns, coarse_now_ns());
    EXPECT_EQ(std::min(passed_ns, kNsPerSecond) - 1, left.bounces);
  }
}

// Time too short for a whole bounce is not lost, however often the budget is asked in between.
TEST_F(AgentBudgetTest, ShortTimesAddUp) {
  load({.bounces_per_second = 1, .bounce_burst = 10});
  for (;;) {
    const uint64_t then_ns = coarse_now_ns() - kNsPerSecond / 2;
    agent().set_budget({.bounces = 0, .refilled_ns = then_ns});
    const Outcome outcome = send(ack_);
    if (coarse_now_ns() - then_ns >= kNsPerSecond) continue;  // a stall: again
    EXPECT_EQ(dropped(ack_, "drop_budget"), outcome);
    EXPECT_EQ(then_ns, budget().refilled_ns);
    break;
  }
}

}  // namespace
}  // namespace ricochet::test

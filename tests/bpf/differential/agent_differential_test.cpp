// SPDX-License-Identifier: Apache-2.0
// The agent program and the reference model do the same, whatever the packet and the socket; and if
// they did not, it would be found.
#include "agent_differential.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "agent_scene.h"
#include "differential_options.h"
#include "verdict_names.h"

namespace ricochet::test {
namespace {

using reference::AgentDecision;
using reference::AgentState;

constexpr uint64_t kPackets = 200'000;
// From so many on, each verdict and event has to have been among them.
constexpr uint64_t kPacketsThatMeetAll = 50'000;

class AgentDifferentialTest : public AgentScene {
 protected:
  void SetUp() override {
    AgentScene::SetUp();
    if (IsSkipped()) return;
    sched_getaffinity(0, sizeof(cpus_), &cpus_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  void TearDown() override {
    if (!IsSkipped()) sched_setaffinity(0, sizeof(cpus_), &cpus_);
  }

  static AgentDisagreement find(const AgentModel& wrong) {
    const auto found = AgentDifferential(wire(), wrong, 1).run(kPacketsThatMeetAll);
    if (!found) throw std::runtime_error("the defect was not found");
    EXPECT_TRUE(AgentDifferential(wire(), wrong, 1).run_case(found->number));
    return *found;
  }

 private:
  cpu_set_t cpus_{};
};

TEST_F(AgentDifferentialTest, TheProgramDoesWhatTheModelSays) {
  const DifferentialOptions options = differential_options(kPackets);
  AgentDifferential differential(wire(), reference::guard, options.seed);
  const auto found = options.only_case ? differential.run_case(*options.only_case)
                                       : differential.run(options.packets);
  ASSERT_FALSE(found) << describe(
      *found, rerun_command("AgentDifferentialTest.TheProgram*", options.seed, found->number));
  if (options.only_case || options.packets < kPacketsThatMeetAll) return;
  for (const char* name : kAgentCounterNames)
    EXPECT_TRUE(differential.seen().contains(name)) << name;
}

TEST_F(AgentDifferentialTest, AWrongRuleIsFoundAndMadeSmall) {
  const AgentDisagreement found = find([](AgentState state, const Bytes& frame) {
    for (auto& connection : state.sockets.connections)
      if (connection.state == reference::Connection::State::time_wait)
        connection.state = reference::Connection::State::open;
    return guard(state, frame);
  });
  EXPECT_EQ(1u, found.model.counted.count("take_socket"));
  EXPECT_EQ(1u, found.program.counted.count("bounce_unfit"));
  // Ethernet, IP of either family, TCP.
  EXPECT_EQ(found.smallest[12] == 0x08 ? 54u : 74u, found.smallest.size());
}

TEST_F(AgentDifferentialTest, AWrongCounterIsFound) {
  const AgentDisagreement found = find([](const AgentState& state, const Bytes& frame) {
    AgentDecision decision = guard(state, frame);
    if (decision.verdict == RCH_AGENT_DROP_TTL_EXPIRED) decision.bounce_unfit = false;
    return decision;
  });
  EXPECT_EQ(found.model.packet, found.program.packet);
  EXPECT_EQ(1u, found.program.counted.count("bounce_unfit"));
}

TEST_F(AgentDifferentialTest, ABudgetThatIsSpentTooEarlyIsFound) {
  const AgentDisagreement found = find([](AgentState state, const Bytes& frame) {
    if (state.bounces_left == 1) state.bounces_left = 0;
    return guard(state, frame);
  });
  EXPECT_EQ(1u, found.model.counted.count("drop_budget"));
  EXPECT_EQ(1u, found.program.counted.count("bounce"));
}

}  // namespace
}  // namespace ricochet::test

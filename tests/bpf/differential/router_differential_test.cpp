// SPDX-License-Identifier: Apache-2.0
// The router program and the reference model do the same, whatever the tables and the packet; and
// if they did not, it would be found.
#include "router_differential.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "differential_options.h"
#include "private_network.h"
#include "verdict_names.h"

namespace ricochet::test {
namespace {

using reference::RouterDecision;
using reference::RouterTables;

constexpr uint64_t kPackets = 1'000'000;
// From so many on, each verdict and event has to have been among them.
constexpr uint64_t kPacketsThatMeetAll = 100'000;

class RouterDifferentialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    enter_private_network();
    ifindexes();
  }

  static const std::vector<uint32_t>& ifindexes() {
    static const Wire clients(Wire::Kind::kEthernet, "router-clients");
    static const Wire servers(Wire::Kind::kEthernet, "router-servers");
    static const Wire others(Wire::Kind::kEthernet, "router-others");
    static const std::vector all = {clients.ifindex(), servers.ifindex(), others.ifindex()};
    return all;
  }

  static RouterDifferential against(RouterModel model, uint64_t seed = 1) {
    return {ifindexes(), std::move(model), seed};
  }

  // A defect that must be found within some thousand packets, and again by its number alone.
  static RouterDisagreement find(const RouterModel& wrong) {
    const auto found = against(wrong).run(0, kPacketsThatMeetAll);
    if (!found) throw std::runtime_error("the defect was not found");
    const auto again = against(wrong).run(found->number, 1);
    EXPECT_TRUE(again && again->model == found->model && again->program == found->program);
    return *found;
  }
};

TEST_F(RouterDifferentialTest, TheProgramDoesWhatTheModelSays) {
  const DifferentialOptions options = differential_options(kPackets);
  RouterDifferential differential = against(reference::route, options.seed);
  const auto found = options.only_case ? differential.run(*options.only_case, 1)
                                       : differential.run(0, options.packets);
  ASSERT_FALSE(found) << describe(
      *found, rerun_command("RouterDifferentialTest.TheProgram*", options.seed, found->number));
  if (options.only_case || options.packets < kPacketsThatMeetAll) return;
  // The kernel's routes are none of the model's.
  for (const std::string name : kRouterCounterNames)
    EXPECT_EQ(name != "routed", differential.seen().contains(name)) << name;
}

TEST_F(RouterDifferentialTest, AWrongRuleIsFoundAndMadeSmall) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterTables settled = tables;
        for (auto& [index, pool] : settled.pools) pool.settling = false;
        return route(settled, frame, at);
      });
  // Nobody is past the last owner as well: the rule shows without backends.
  EXPECT_EQ(1u, found.model.outcome.counted.count("drop_no_backend"));
  EXPECT_EQ(1u, found.program.outcome.counted.count("drop_settling"));

  const RouterTables& tables = found.smallest.tables;
  EXPECT_EQ(1u,
            tables.services.size() + tables.services_of_any_port.size() + tables.prefixes.size());
  ASSERT_EQ(1u, tables.pools.size());
  const reference::Pool& pool = tables.pools.begin()->second;
  EXPECT_TRUE(pool.settling && pool.history);
  EXPECT_EQ(std::vector{reference::Bucket{}}, pool.buckets);
  EXPECT_EQ(1u, tables.backend_macs.size());
  EXPECT_EQ(0u, tables.backends.size() + tables.neighbours.size() + tables.backends_only.size() +
                    tables.ports.size() + tables.pins.size());
  EXPECT_LE(found.smallest.frame.bytes.size(), 74u);
}

TEST_F(RouterDifferentialTest, AWrongByteOfThePacketIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        const bool long_header = frame.size() > 14 && frame[12] == 8 && (frame[14] & 0x0f) > 5;
        if (decision.egress_ifindex != 0 && long_header) decision.frame[25] ^= 1;
        return decision;
      });
  EXPECT_EQ(found.model.outcome.action, found.program.outcome.action);
  const auto& bytes = found.smallest.frame.bytes;
  EXPECT_GT(bytes[14] & 0x0f, 5);
  EXPECT_LE(bytes.size(), 14u + 60 + 20);
}

// Which show in no packet, but in the sums.
TEST_F(RouterDifferentialTest, AWrongCounterIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        if (frame.size() > 24 && frame[12] == 8 && frame[23] == reference::kUdpProtocol)
          decision.mark_cleared = false;
        return decision;
      });
  EXPECT_EQ(0u, found.model.outcome.counted.count("mark_cleared"));
  EXPECT_EQ(1u, found.program.outcome.counted.count("mark_cleared"));
  EXPECT_EQ(0u, found.smallest.tables.neighbours.size());
}

// Which shows in no packet, but in what the router remembers of it.
TEST_F(RouterDifferentialTest, AWrongPinIsFoundAndMadeSmall) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterTables younger = tables;
        for (auto& set : younger.pins)
          for (auto& pin : set)
            if (pin && pin->age == RCH_PIN_AGE_MAX) pin->age = 0;
        return route(younger, frame, at);
      });
  EXPECT_EQ(found.model.outcome, found.program.outcome);
  EXPECT_NE(found.model.writes, found.program.writes);
  size_t pins = 0;
  for (const auto& set : found.smallest.tables.pins)
    for (const auto& pin : set) pins += pin.has_value();
  EXPECT_EQ(1u, pins);
}

TEST_F(RouterDifferentialTest, AWrongFlowThatIsKeptIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        if (decision.verdict == RCH_ROUTER_FORWARD) decision.kept.set.reset();
        return decision;
      });
  EXPECT_EQ(1u, found.program.writes.flows.size());
  EXPECT_EQ(0u, found.model.writes.flows.size() + found.program.writes.pins.size());
}

TEST_F(RouterDifferentialTest, AWrongBitOfABucketIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        decision.pins.bucket.reset();
        return decision;
      });
  EXPECT_EQ(1u, found.program.writes.buckets.size());
  EXPECT_EQ(found.model.writes.pins, found.program.writes.pins);
}

TEST_F(RouterDifferentialTest, TrafficOfAWrongBackendIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        if (decision.verdict == RCH_ROUTER_FINAL) decision.counted_bytes += 4;
        return decision;
      });
  EXPECT_EQ(found.model.outcome.packet, found.program.outcome.packet);
  EXPECT_NE(found.model.outcome.traffic, found.program.outcome.traffic);
}

TEST_F(RouterDifferentialTest, AWrongEgressInterfaceIsFound) {
  const RouterDisagreement found =
      find([](const RouterTables& tables, const Bytes& frame, uint32_t at) {
        RouterDecision decision = route(tables, frame, at);
        if (decision.action == reference::Action::redirect) decision.egress_ifindex = at;
        return decision;
      });
  EXPECT_EQ(found.model.outcome, found.program.outcome);
  EXPECT_NE(found.model.egress_ifindex, found.program.egress_ifindex);
}

}  // namespace
}  // namespace ricochet::test

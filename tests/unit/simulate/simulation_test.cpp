// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulation.h"

#include <gtest/gtest.h>

#include "tables.h"

namespace ricochet {
namespace {

constexpr SchemeOptions kOptions{
    .backends = 50, .buckets = 4096, .connection_entries = 1'000'000, .pin_entries = 1'000'000};
constexpr uint64_t kFlows = 20'000;

const std::vector<Flow>& flows() {
  static const std::vector<Flow> made = make_flows(kFlows, kSimulatedTimeS, 1);
  return made;
}

// One server leaves and comes back every minute.
std::vector<FleetChange> one_flapping_server() {
  std::vector<FleetChange> changes = {change_to(FleetState::active, 1, 50)};
  for (double time_s = 60; time_s < kSimulatedTimeS; time_s += 60) {
    changes.push_back({time_s, {{7, FleetState::draining}}});
    changes.push_back({time_s + 20, {{7, FleetState::active}}});
  }
  return changes;
}

SchemeResult run(const std::string& scheme, const std::vector<FleetChange>& changes,
                 const SchemeOptions& options = kOptions) {
  return simulate(flows(), changes, std::vector{scheme}, options, 1).front();
}

TEST(Simulation, TheSameFiguresWithAnyNumberOfThreads) {
  const auto names = scheme_names();
  const auto changes = make_churn(ChurnModel::rolling, kOptions.backends, 1);
  const auto results = simulate(flows(), changes, names, kOptions, 1);
  EXPECT_EQ(results, simulate(flows(), changes, names, kOptions, 3));
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(results[i].scheme, names[i]);
}

TEST(Simulation, AllSchemesSeeTheSameFlows) {
  const auto changes = make_churn(ChurnModel::rolling, kOptions.backends, 1);
  for (const auto& result : simulate(flows(), changes, scheme_names(), kOptions, 2)) {
    EXPECT_EQ(result.tally.flows, kFlows) << result.scheme;
    uint64_t judged = 0;
    for (const uint64_t count : result.tally.flows_by_attempts) judged += count;
    EXPECT_EQ(judged, kFlows) << result.scheme;
  }
}

TEST(Simulation, OneFlappingServerCostsNobodyWithTwoOwnersItsConnections) {
  const auto changes = one_flapping_server();
  for (const char* scheme : {"history-2", "history-3", "history-4", "history-4-pins", "ecmp-er",
                             "rendezvous", "maglev-table"}) {
    const SchemeResult result = run(scheme, changes);
    EXPECT_EQ(result.tally.lost_by_balancer, 0u) << scheme;
    EXPECT_EQ(result.tally.lost_with_server, 0u) << scheme;
  }
  for (const char* scheme : {"ecmp", "resilient", "history-1", "maglev-table-lost"}) {
    EXPECT_GT(run(scheme, changes).tally.lost_by_balancer, 0u) << scheme;
  }
}

TEST(Simulation, TwoTablesLoseWhereNextHopsChangeTwiceInALife) {
  // Different ones leave, so that each table differs from the two before it.
  std::vector<FleetChange> changes = {change_to(FleetState::active, 1, 50),
                                      change_to(FleetState::draining, 1, 1, 900)};
  EXPECT_EQ(run("ecmp-er", changes).tally.lost_by_balancer, 0u);
  changes.push_back(change_to(FleetState::draining, 2, 2, 901));
  EXPECT_GT(run("ecmp-er", changes).tally.lost_by_balancer, 0u);
  EXPECT_EQ(run("history-4-modulo", changes).tally.lost_by_balancer, 0u);
}

TEST(Simulation, PlainEcmpLosesTheShareThatMoves) {
  // Of 50 backends the last one leaves: x mod 50 and x mod 49 agree for one bucket in 50.
  const std::vector<FleetChange> changes = {change_to(FleetState::active, 1, 50),
                                            change_to(FleetState::draining, 50, 50, 900)};
  uint64_t alive = 0;
  for (const Flow& flow : flows()) alive += flow.start_s < 900 && flow.end_s() > 900 ? 1 : 0;
  const double expected = static_cast<double>(alive) * 49 / 50;
  EXPECT_NEAR(static_cast<double>(run("ecmp", changes).tally.lost_by_balancer), expected,
              0.1 * expected);
}

TEST(Simulation, MoreOwnersNeverLoseMore) {
  for (const std::string& churn : churn_names()) {
    const auto changes = make_churn(*parse_churn(churn), kOptions.backends, 1);
    uint64_t before = UINT64_MAX;
    for (const char* scheme : {"history-1", "history-2", "history-3", "history-4"}) {
      const uint64_t lost = run(scheme, changes).tally.lost_by_balancer;
      EXPECT_LE(lost, before) << churn << " " << scheme;
      before = lost;
    }
  }
}

TEST(Simulation, PinsSpareBouncesAndASmallTableSparesFewer) {
  const auto changes = make_churn(ChurnModel::rolling, kOptions.backends, 1);
  SchemeOptions small = kOptions;
  small.pin_entries = 20;
  const uint64_t all = run("history-4", changes).tally.bounces;
  const uint64_t some = run("history-4-pins", changes, small).tally.bounces;
  const uint64_t few = run("history-4-pins", changes).tally.bounces;
  EXPECT_LT(few, some);
  EXPECT_LT(some, all);
}

TEST(Simulation, ASmallConnectionTableLosesFlows) {
  const auto changes = make_churn(ChurnModel::rolling, kOptions.backends, 1);
  SchemeOptions small = kOptions;
  small.connection_entries = 50;
  EXPECT_EQ(run("maglev-table", changes).tally.lost_by_balancer, 0u);
  const uint64_t lost = run("maglev-table", changes, small).tally.lost_by_balancer;
  EXPECT_GT(lost, 0u);
  EXPECT_LT(lost, run("history-1", changes).tally.lost_by_balancer);
}

TEST(Simulation, MemoryOfTables) {
  const auto changes = one_flapping_server();
  EXPECT_EQ(run("history-4", changes).table_bytes, kOptions.buckets * 8);
  EXPECT_EQ(run("history-4", changes).memory_bytes, 0u);
  EXPECT_EQ(run("ecmp-er", changes).table_bytes, 2u * 256 * 4);
  EXPECT_EQ(run("maglev-table", changes).memory_bytes, 56'000'000u);
  EXPECT_EQ(run("history-4-pins", changes).memory_bytes, kOptions.pin_entries * 8);
}

}  // namespace
}  // namespace ricochet

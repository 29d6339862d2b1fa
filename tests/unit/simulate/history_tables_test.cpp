// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "../generation/states.h"
#include "simulate/churn.h"
#include "tables.h"

namespace ricochet {
namespace {

constexpr size_t kBackends = 20;
constexpr uint32_t kBuckets = 256;

// The pool as an operator would have it: who is absent is not in it.
Pool pool_of(const Fleet& fleet, const TableOptions& table) {
  Pool pool{.table = table, .backends = {}};
  for (uint32_t id = 1; id <= fleet.backends(); ++id) {
    const FleetState state = fleet.state(static_cast<BackendId>(id));
    if (state == FleetState::absent) continue;
    pool.backends.push_back({.address = server(id),
                             .state = state == FleetState::active     ? BackendState::active
                                      : state == FleetState::draining ? BackendState::draining
                                                                      : BackendState::dead});
  }
  return pool;
}

// Both go through the same churn; the second by generations, as a router does.
void expect_same_as_the_fold(const HistoryOptions& options, ChurnModel model) {
  const auto maker = make_history_tables(options);
  const TableOptions table{.placement = options.placement,
                           .buckets = options.buckets,
                           .history = options.policy,
                           .history_depth = static_cast<uint32_t>(options.depth)};
  Fleet fleet(kBackends);
  RouterState state;
  for (const FleetChange& change : make_churn(model, kBackends, 1)) {
    fleet.apply(change);
    ChangeCost cost;
    const auto buckets = maker->follow(fleet, cost);
    Generation generation = next_generation(state, only_pools({{"web", pool_of(fleet, table)}}));
    generation.shifts = true;
    const Step step = fold_or_throw(state, generation);
    state = step.state;
    const auto& folded = state.pools.at("web").table->buckets;
    ASSERT_TRUE(std::ranges::equal(buckets, folded)) << "at " << change.time_s << " s";
    ASSERT_EQ(cost, step.cost) << "at " << change.time_s << " s";
  }
}

TEST(HistoryTables, AreThoseOfTheFold) {
  for (const ChurnModel model : {ChurnModel::flap, ChurnModel::rolling, ChurnModel::correlated}) {
    for (const size_t depth : {2, 3, 4}) {
      expect_same_as_the_fold({.depth = depth, .buckets = kBuckets}, model);
    }
    expect_same_as_the_fold({.policy = HistoryPolicy::none, .buckets = kBuckets}, model);
    expect_same_as_the_fold(
        {.placement = Placement::modulo, .buckets = paper_bucket_count(kBackends)}, model);
    expect_same_as_the_fold({.placement = Placement::modulo,
                             .policy = HistoryPolicy::two_tables,
                             .buckets = paper_bucket_count(kBackends)},
                            model);
  }
}

TEST(HistoryTables, PlainEcmpIsTheHashModuloTheActiveOnes) {
  const auto maker = make_history_tables(
      {.placement = Placement::modulo, .policy = HistoryPolicy::none, .buckets = 8});
  Fleet fleet(3);
  ChangeCost cost;
  fleet.apply(change_to(FleetState::active, 1, 3));
  EXPECT_EQ(owners_at(maker->follow(fleet, cost), 0),
            (std::vector<BackendId>{1, 2, 3, 1, 2, 3, 1, 2}));
  fleet.apply(change_to(FleetState::draining, 2, 2));
  EXPECT_EQ(owners_at(maker->follow(fleet, cost), 0),
            (std::vector<BackendId>{1, 3, 1, 3, 1, 3, 1, 3}));
}

}  // namespace
}  // namespace ricochet

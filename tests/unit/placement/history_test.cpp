// SPDX-License-Identifier: Apache-2.0
//
// One step of a table's history at a time, by examples; history_property_test.cpp walks it through
// random churn.
#include <gtest/gtest.h>

#include <map>

#include "placement/bucket.h"

namespace ricochet {
namespace {

using Owners = std::vector<BackendId>;

// A table and what is known of the backends; unknown ones are members.
struct Pool {
  HistoryPolicy policy = HistoryPolicy::distinct;
  size_t depth = kOwners;
  PoolTable table{};
  std::map<BackendId, OwnerState> states{};
  ChangeCost cost{};  // of the last install

  void install(const Owners& owners) {
    cost = {};
    const auto state_of = [&](BackendId id) {
      const auto found = states.find(id);
      return found == states.end() ? OwnerState::member : found->second;
    };
    table = advance(table, owners, policy, depth, state_of, cost);
  }

  void install_each(const Owners& sequence) {
    for (const BackendId owner : sequence) install({owner});
  }

  [[nodiscard]] Bucket only_bucket() const {
    EXPECT_EQ(table.buckets.size(), 1u);
    return table.buckets.at(0);
  }
};

Bucket bucket(const std::array<BackendId, kOwners>& owner) {
  return {owner};
}

// ---- none ----

TEST(HistoryNoneTest, RemembersNothing) {
  Pool pool{.policy = HistoryPolicy::none};
  pool.install({1, 2, 1, 2});
  pool.install({3, 2});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({3}), bucket({2})}));
  EXPECT_EQ(pool.table.current_count, 2u);
  EXPECT_EQ(pool.table.previous_count, 0u);
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 2, .history_evicted_live = 2}));
  pool.install({});
  EXPECT_TRUE(pool.table.buckets.empty());
}

// ---- two tables ----

TEST(HistoryTwoTablesTest, RemembersTheWholePreviousTable) {
  Pool pool{.policy = HistoryPolicy::two_tables};
  pool.install({1});
  pool.install({1, 2, 1, 2});
  EXPECT_EQ(pool.table.buckets,
            (std::vector{bucket({1, 1}), bucket({2, 1}), bucket({1, 1}), bucket({2, 1})}));
  EXPECT_EQ(pool.table.current_count, 4u);
  EXPECT_EQ(pool.table.previous_count, 1u);
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 2}));
}

TEST(HistoryTwoTablesTest, IsAsLargeAsTheLargerTableAndShrinksAfterIt) {
  Pool pool{.policy = HistoryPolicy::two_tables};
  pool.install({1, 2, 1, 2});
  pool.install({1});
  EXPECT_EQ(pool.table.buckets,
            (std::vector{bucket({1, 1}), bucket({1, 2}), bucket({1, 1}), bucket({1, 2})}));
  EXPECT_EQ(pool.table.current_count, 1u);
  EXPECT_EQ(pool.table.previous_count, 4u);
  pool.install({3, 4});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({3, 1}), bucket({4, 1})}));
  EXPECT_EQ(pool.table.previous_count, 1u);
  // Of four buckets all moved, and two forgot server 2.
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 4, .history_evicted_live = 2}));
}

TEST(HistoryTwoTablesTest, EveryInstallShiftsEvenWithoutAChange) {
  Pool pool{.policy = HistoryPolicy::two_tables};
  pool.install({1});
  pool.install({2});
  EXPECT_EQ(pool.only_bucket(), bucket({2, 1}));
  pool.install({2});
  EXPECT_EQ(pool.only_bucket(), bucket({2, 2}));
  EXPECT_EQ(pool.cost, (ChangeCost{.history_evicted_live = 1}));
}

TEST(HistoryTwoTablesTest, ForgetsAnOwnerAfterTwoChanges) {
  Pool pool{.policy = HistoryPolicy::two_tables, .states = {{1, OwnerState::dead}}};
  pool.install_each({1, 2, 3});
  EXPECT_EQ(pool.only_bucket(), bucket({3, 2}));
  EXPECT_EQ(pool.cost.history_evicted_live, 0u);  // a dead one is no loss
  pool.install({4});
  EXPECT_EQ(pool.cost.history_evicted_live, 1u);
}

TEST(HistoryTwoTablesTest, AnOwnerInBothTablesIsForgottenOnce) {
  Pool pool{.policy = HistoryPolicy::two_tables};
  pool.install_each({1, 1, 2});
  EXPECT_EQ(pool.cost.history_evicted_live, 0u);
  pool.install_each({1, 1});
  pool.install({});
  pool.install({});
  EXPECT_EQ(pool.cost.history_evicted_live, 1u);
}

TEST(HistoryTwoTablesTest, AnEmptyTableIsATableToo) {
  Pool pool{.policy = HistoryPolicy::two_tables};
  pool.install({1, 2});
  pool.install({});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({0, 1}), bucket({0, 2})}));
  EXPECT_EQ(pool.table.current_count, 0u);
  EXPECT_EQ(pool.table.previous_count, 2u);
  pool.install({3});
  EXPECT_EQ(pool.only_bucket(), bucket({3, 0}));
  EXPECT_EQ(pool.table.previous_count, 0u);
}

// ---- distinct owners ----

TEST(HistoryDistinctTest, AFirstPlacementHasNoHistory) {
  Pool pool;
  pool.install({1, 2});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({1}), bucket({2})}));
  EXPECT_EQ(pool.table.current_count, 2u);
  EXPECT_EQ(pool.table.previous_count, 0u);
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 2}));
}

TEST(HistoryDistinctTest, AnUnchangedPlacementMovesNothing) {
  Pool pool;
  pool.install({1, 2});
  pool.install({2, 2});
  const auto buckets = pool.table.buckets;
  pool.install({2, 2});
  EXPECT_EQ(pool.table.buckets, buckets);
  EXPECT_EQ(pool.table.previous_count, 2u);
  EXPECT_EQ(pool.cost, ChangeCost{});
}

TEST(HistoryDistinctTest, AChangedOwnerGoesToTheFront) {
  Pool pool;
  pool.install_each({1, 2, 3});
  EXPECT_EQ(pool.only_bucket(), bucket({3, 2, 1}));
}

TEST(HistoryDistinctTest, AnOwnerThatReturnsIsThereOnce) {
  Pool pool;
  pool.install_each({1, 2, 3, 4});
  pool.install({2});
  EXPECT_EQ(pool.only_bucket(), bucket({2, 4, 3, 1}));
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 1}));
}

TEST(HistoryDistinctTest, AFullBucketForgetsTheOldest) {
  Pool pool;
  pool.install_each({1, 2, 3, 4, 5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 4, 3, 2}));
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 1, .history_evicted_live = 1}));
}

TEST(HistoryDistinctTest, AFullBucketForgetsTheOldestRemovedBeforeMembers) {
  Pool pool{.states = {{2, OwnerState::removed}, {3, OwnerState::removed}}};
  pool.install_each({1, 2, 3, 4, 5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 4, 3, 1}));
  EXPECT_EQ(pool.cost.history_evicted_live, 1u);
}

TEST(HistoryDistinctTest, AFullBucketForgetsTheOldestDeadBeforeAll) {
  Pool pool{.states = {{1, OwnerState::removed}, {2, OwnerState::dead}, {3, OwnerState::dead}}};
  pool.install_each({1, 2, 3, 4, 5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 4, 3, 1}));
  EXPECT_EQ(pool.cost.history_evicted_live, 0u);
  pool.install({6});
  EXPECT_EQ(pool.only_bucket(), bucket({6, 5, 4, 1}));
}

// It holds the newest connections; forgetting it would break them all in the moment of a drain.
TEST(HistoryDistinctTest, AFullBucketKeepsTheOwnerThatIsRemovedNow) {
  Pool pool;
  pool.install_each({1, 2, 3, 4});
  pool.states = {{4, OwnerState::removed}};
  pool.install({5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 4, 3, 2}));
  pool.install({6});  // one change later it is a removed one like any other
  EXPECT_EQ(pool.only_bucket(), bucket({6, 5, 3, 2}));
}

TEST(HistoryDistinctTest, AFullBucketForgetsTheOwnerThatDiedNow) {
  Pool pool;
  pool.install_each({1, 2, 3, 4});
  pool.states = {{4, OwnerState::dead}};
  pool.install({5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 3, 2, 1}));
  EXPECT_EQ(pool.cost.history_evicted_live, 0u);
}

TEST(HistoryDistinctTest, ABucketHasAsManyOwnersAsItsDepth) {
  Pool two{.depth = 2};
  two.install_each({1, 2, 3, 4, 5});
  EXPECT_EQ(two.only_bucket(), bucket({5, 4}));
  EXPECT_EQ(two.cost, (ChangeCost{.buckets_moved = 1, .history_evicted_live = 1}));
  Pool three{.depth = 3};
  three.install_each({1, 2, 3, 4, 5});
  EXPECT_EQ(three.only_bucket(), bucket({5, 4, 3}));
}

TEST(HistoryDistinctTest, ASmallBucketChoosesWhomItForgetsAsAGreatOne) {
  Pool pool{.depth = 3, .states = {{1, OwnerState::removed}, {2, OwnerState::dead}}};
  pool.install_each({1, 2, 3, 4});
  EXPECT_EQ(pool.only_bucket(), bucket({4, 3, 1}));
  EXPECT_EQ(pool.cost.history_evicted_live, 0u);
  pool.install({5});
  EXPECT_EQ(pool.only_bucket(), bucket({5, 4, 3}));

  Pool flapping{.depth = 2};
  flapping.install_each({1, 2, 1, 2, 1});
  EXPECT_EQ(flapping.only_bucket(), bucket({1, 2}));
  EXPECT_EQ(flapping.cost.history_evicted_live, 0u);
}

// The change of depth itself makes the bucket forget, although its owner stays.
TEST(HistoryDistinctTest, AnUnchangedOwnerGivesUpWhatALesserDepthHasNoRoomFor) {
  Pool pool{.states = {{3, OwnerState::dead}}};
  pool.install_each({1, 2, 3, 4});
  pool.depth = 2;
  pool.install({4});
  EXPECT_EQ(pool.only_bucket(), bucket({4, 2}));
  EXPECT_EQ(pool.cost, (ChangeCost{.history_evicted_live = 1}));
  pool.depth = 4;
  pool.install({4});
  EXPECT_EQ(pool.only_bucket(), bucket({4, 2}));
  pool.install_each({5, 6});
  EXPECT_EQ(pool.only_bucket(), bucket({6, 5, 4, 2}));
}

TEST(HistoryDistinctTest, DeadOwnersStayWhileThereIsRoom) {
  Pool pool{.states = {{1, OwnerState::dead}}};
  pool.install_each({1, 2});
  EXPECT_EQ(pool.only_bucket(), bucket({2, 1}));
}

TEST(HistoryDistinctTest, AGrowingTableRepeatsItsOldBuckets) {
  Pool pool;
  pool.install({1, 2});
  pool.install({3, 2});
  pool.install({4, 4, 3, 2});
  EXPECT_EQ(pool.table.buckets,
            (std::vector{bucket({4, 3, 1}), bucket({4, 2}), bucket({3, 1}), bucket({2})}));
  EXPECT_EQ(pool.table.current_count, 4u);
  EXPECT_EQ(pool.table.previous_count, 2u);
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 2}));
}

TEST(HistoryDistinctTest, ATableWithHistoryDoesNotShrink) {
  Pool pool;
  pool.install({1, 2, 1, 2});
  pool.install({1});
  EXPECT_EQ(pool.table.buckets,
            (std::vector{bucket({1}), bucket({1, 2}), bucket({1}), bucket({1, 2})}));
  EXPECT_EQ(pool.table.current_count, 4u);
  EXPECT_EQ(pool.table.previous_count, 4u);
}

TEST(HistoryDistinctTest, ATableWithoutHistoryShrinks) {
  Pool pool;
  pool.install({1, 2, 1, 2});
  pool.install({1, 2});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({1}), bucket({2})}));
  EXPECT_EQ(pool.table.current_count, 2u);
  EXPECT_EQ(pool.table.previous_count, 2u);
  EXPECT_EQ(pool.cost, ChangeCost{});
}

TEST(HistoryDistinctTest, AnEmptyPlacementKeepsTheOlderOwners) {
  Pool pool;
  pool.install({1, 2});
  pool.install({});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({0, 1}), bucket({0, 2})}));
  EXPECT_EQ(pool.table.current_count, 2u);
  pool.install({});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({0, 1}), bucket({0, 2})}));
  EXPECT_EQ(pool.cost, ChangeCost{});
  pool.install({3});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({3, 1}), bucket({3, 2})}));
  pool.install({});
  pool.install({1});
  EXPECT_EQ(pool.table.buckets, (std::vector{bucket({1, 3}), bucket({1, 3, 2})}));
}

TEST(HistoryDistinctTest, AnEmptyPlacementOverAFullBucketForgetsOne) {
  Pool pool;
  pool.install_each({1, 2, 3, 4});
  pool.states = {{2, OwnerState::removed}, {4, OwnerState::removed}};
  pool.install({});
  EXPECT_EQ(pool.only_bucket(), bucket({0, 4, 3, 1}));
  EXPECT_EQ(pool.cost, (ChangeCost{.buckets_moved = 1, .history_evicted_live = 1}));
}

TEST(HistoryDistinctTest, NobodyBeforeAndAfterIsAnEmptyTable) {
  Pool pool;
  pool.install({});
  EXPECT_EQ(pool.table, PoolTable{});
  EXPECT_EQ(pool.cost, ChangeCost{});
}

TEST(HistoryTest, CostsOfSeveralPoolsAddUp) {
  const auto member = [](BackendId) { return OwnerState::member; };
  ChangeCost cost;
  (void)advance({}, Owners{1, 2}, HistoryPolicy::distinct, kOwners, member, cost);
  (void)advance({}, Owners{1}, HistoryPolicy::distinct, kOwners, member, cost);
  EXPECT_EQ(cost.buckets_moved, 3u);
}

}  // namespace
}  // namespace ricochet

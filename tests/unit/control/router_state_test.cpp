// SPDX-License-Identifier: Apache-2.0
#include "control/router_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/limits.h"
#include "values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

constexpr Settings kTwoTables{.placement = Placement::modulo, .history = HistoryPolicy::two_tables};
constexpr Settings kDistinct{.placement = Placement::modulo, .history = HistoryPolicy::distinct};
constexpr Settings kNone{.placement = Placement::modulo, .history = HistoryPolicy::none};

const ServiceKey kService = service("10.0.10.0");

Generation next(const RouterState& state, Services services) {
  Generation generation;
  generation.number = state.generation + 1;
  generation.services = std::move(services);
  return generation;
}

RouterState advance_state(const RouterState& state, Services services, const Settings& settings) {
  auto step = fold(state, next(state, std::move(services)), settings);
  if (!step) throw std::runtime_error(step.error().message);
  return std::move(step->state);
}

// The state after one service went through these memberships.
RouterState fold_all(std::initializer_list<Pool> memberships, const Settings& settings) {
  RouterState state;
  for (const Pool& pool : memberships) {
    state = advance_state(state, pool.backends.empty() ? Services{} : Services{{kService, pool}},
                          settings);
  }
  return state;
}

using Numbers = std::map<BackendId, std::optional<Ipv4Address>>;

TEST(Fold, CountsAndPlacesAsThePaperDoes) {
  const RouterState one = fold_all({servers({1})}, kTwoTables);
  EXPECT_EQ(one.pools.at(kService).table->current_count, 1u);
  EXPECT_EQ(one.pools.at(kService).table->previous_count, 0u);

  const RouterState two = fold_all({servers({1}), servers({1, 2})}, kTwoTables);
  const PoolTable& table = *two.pools.at(kService).table;
  EXPECT_EQ(table.current_count, 8u);
  EXPECT_EQ(table.previous_count, 1u);
  ASSERT_EQ(table.buckets.size(), 8u);
  for (size_t index = 0; index < 8; ++index) {
    EXPECT_EQ(table.buckets[index].owner, (std::array<BackendId, 4>{BackendId(1 + index % 2), 1}));
  }
}

TEST(Fold, MaglevHasTheBucketsOfTheSettings) {
  const RouterState state = fold_all({servers({1, 2, 3})}, {.buckets = 256});
  EXPECT_EQ(state.pools.at(kService).table->buckets.size(), 256u);
}

TEST(Fold, OneNumberForAnAddressInEveryPool) {
  const ServiceKey other = service("10.0.11.0");
  const RouterState state = advance_state(
      {},
      {{kService, servers({5, 6})}, {other, servers({6, 7})}, {service("10.0.1.0/24"), Pool{{{}}}}},
      kDistinct);
  EXPECT_EQ(state.backends,
            (Numbers{{1, std::nullopt}, {2, server(5)}, {3, server(6)}, {4, server(7)}}));
  EXPECT_EQ(state.pools.at(service("10.0.1.0/24")).index, 0u);
  EXPECT_EQ(state.pools.at(kService).index, 1u);
  EXPECT_EQ(state.pools.at(other).index, 2u);
}

TEST(Fold, ANumberIsFreeWhenNobodyRemembersItsOwner) {
  EXPECT_EQ(fold_all({servers({1}), servers({2})}, kNone).backends, (Numbers{{2, server(2)}}));
  EXPECT_EQ(fold_all({servers({1}), servers({2})}, kTwoTables).backends,
            (Numbers{{1, server(1)}, {2, server(2)}}));
  EXPECT_EQ(fold_all({servers({1}), servers({2}), servers({2})}, kTwoTables).backends,
            (Numbers{{2, server(2)}}));
  EXPECT_EQ(fold_all({servers({1}), servers({2}), servers({3})}, kTwoTables).backends,
            (Numbers{{2, server(2)}, {3, server(3)}}))
      << "1 is free after the step, not in it";
  EXPECT_EQ(fold_all({servers({1}), servers({2}), servers({3}), servers({4})}, kTwoTables).backends,
            (Numbers{{1, server(4)}, {3, server(3)}}));
}

TEST(Fold, APoolGoesWithItsHistory) {
  EXPECT_TRUE(fold_all({servers({1}), {}}, kNone).pools.empty());

  const RouterState emptied = fold_all({servers({1, 2}), {}}, kTwoTables);
  EXPECT_EQ(emptied.pools.at(kService).table->current_count, 0u);
  EXPECT_EQ(emptied.pools.at(kService).table->previous_count, 8u);
  EXPECT_TRUE(services_of(emptied).empty());
  const RouterState gone = fold_all({servers({1, 2}), {}, {}}, kTwoTables);
  EXPECT_TRUE(gone.pools.empty());
  EXPECT_TRUE(gone.backends.empty());

  const RouterState kept = fold_all({servers({1}), {}, {}}, kDistinct);
  EXPECT_EQ(kept.pools.at(kService).table->buckets, (std::vector<Bucket>{{.owner = {0, 1}}}));
  EXPECT_TRUE(services_of(kept).empty());
  EXPECT_EQ(kept.backends, (Numbers{{1, server(1)}}));
}

TEST(Fold, AServiceThatComesBackFindsItsHistory) {
  const RouterState state = fold_all({servers({1}), {}, servers({2})}, kDistinct);
  EXPECT_EQ(state.pools.at(kService).table->buckets, (std::vector<Bucket>{{.owner = {2, 1}}}));
}

TEST(Fold, UnchangedPoolsKeepTheirTableWithDistinctOwners) {
  const ServiceKey other = service("10.0.11.0");
  const RouterState before =
      advance_state({}, {{kService, servers({1})}, {other, servers({1})}}, kDistinct);
  auto step =
      fold(before, next(before, {{kService, servers({1})}, {other, servers({1, 2})}}), kDistinct);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->pools_changed, 1u);
  EXPECT_EQ(step->state.pools.at(kService).table, before.pools.at(kService).table);
  EXPECT_NE(step->state.pools.at(other).table, before.pools.at(other).table);
}

TEST(Fold, TwoTablesShiftInEveryStep) {
  const RouterState before = fold_all({servers({1}), servers({1, 2})}, kTwoTables);
  const RouterState after = fold_all({servers({1}), servers({1, 2}), servers({1, 2})}, kTwoTables);
  EXPECT_EQ(before.pools.at(kService).table->previous_count, 1u);
  EXPECT_EQ(after.pools.at(kService).table->previous_count, 8u);
}

TEST(Fold, ForgetsTheUnreachableOwnerFirst) {
  // Five owners one after the other: a bucket remembers four, so one goes, by default the oldest.
  RouterState state = fold_all({servers({1}), servers({2}), servers({3}), servers({4})}, kDistinct);
  const auto owners_after = [&](const std::set<Ipv4Address>& unreachable) {
    Generation generation = next(state, {{kService, servers({5})}});
    generation.unreachable = unreachable;
    auto step = fold(state, generation, kDistinct);
    EXPECT_EQ(step->cost.history_evicted_live, unreachable.empty() ? 1u : 0u);
    return step->state.pools.at(kService).table->buckets.at(0).owner;
  };
  EXPECT_EQ(owners_after({}), (std::array<BackendId, 4>{5, 4, 3, 2}));
  EXPECT_EQ(owners_after({server(3)}), (std::array<BackendId, 4>{5, 4, 2, 1}));
}

TEST(Fold, ClearingForgetsEverything) {
  const RouterState before = fold_all({servers({1}), servers({2})}, kDistinct);
  Generation generation = next(before, {});
  generation.clears_history = true;
  auto step = fold(before, generation, kDistinct);
  ASSERT_TRUE(step);
  EXPECT_TRUE(step->state.pools.empty());
  EXPECT_TRUE(step->state.backends.empty());
  EXPECT_EQ(step->state.generation, 3u);
  EXPECT_EQ(step->pools_changed, 1u);
}

TEST(Fold, RefusesMorePoolsThanThereAre) {
  Services services;
  for (uint32_t index = 0; index < kPoolsMax; ++index) {
    services[{.prefix = *Ipv4Prefix::make(Ipv4Address::from_host_order((11u << 24) + index), 32)}] =
        servers({1});
  }
  const RouterState full = advance_state({}, services, kNone);
  services.erase(services.begin());
  services[kService] = servers({1});
  const auto step = fold(full, next(full, services), kNone);
  ASSERT_FALSE(step) << "the pool that goes is in use until the step is published";
  EXPECT_THAT(step.error().message, HasSubstr("no pool is left for service 10.0.10.0/32"));
}

TEST(Fold, RefusesMoreBackendsThanThereAre) {
  Pool pool;
  for (uint32_t number = 1; number <= kBackendsMax; ++number) {
    pool.backends.push_back({.address = server(number)});
  }
  const RouterState full = advance_state({}, {{kService, pool}}, kNone);
  EXPECT_EQ(full.backends.rbegin()->first, kBackendsMax);
  pool.backends.front().address = server(kBackendsMax + 1);
  const auto step = fold(full, next(full, {{kService, pool}}), kNone);
  ASSERT_FALSE(step);
  EXPECT_THAT(step.error().message, HasSubstr("no number is left for backend 10.0.16.1"));
}

TEST(BucketsNeeded, CountsOldAndNewTablesTogether) {
  const ServiceKey other = service("10.0.11.0");
  const RouterState none;
  const RouterState one = advance_state(none, {{kService, servers({1, 2})}}, kNone);
  EXPECT_EQ(buckets_needed(none, one), 8u + 8u);
  EXPECT_EQ(buckets_needed(one, one), 8u);
  const RouterState two =
      advance_state(one, {{kService, servers({1, 2})}, {other, servers({1, 2, 3})}}, kNone);
  EXPECT_EQ(buckets_needed(one, two), 8u + 16u + 16u);
  EXPECT_EQ(buckets_needed(two, none), 8u + 16u);
}

}  // namespace
}  // namespace ricochet

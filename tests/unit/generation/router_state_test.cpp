// SPDX-License-Identifier: Apache-2.0
#include "generation/router_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ranges>

#include "model/limits.h"
#include "states.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Owners = std::array<BackendId, kOwners>;

constexpr auto kTwoTables = HistoryPolicy::two_tables;
constexpr auto kNone = HistoryPolicy::none;

RouterState advance_to(const RouterState& state, const Pools& pools) {
  return fold_or_throw(state, next_generation(state, only_pools(pools))).state;
}

// The state after the pool `web` went through these; the first makes it.
RouterState fold_all(std::initializer_list<Pool> pools) {
  RouterState state;
  for (const Pool& pool : pools) state = advance_to(state, {{"web", pool}});
  return state;
}

const PoolTable& table_of(const RouterState& state, const std::string& pool = "web") {
  return *state.pools.at(pool).table;
}

Pool with_state(Pool pool, uint32_t number, BackendState state) {
  find_backend(pool, server(number))->state = state;
  return pool;
}

Generation with_unreachable(const RouterState& state, const Pool& pool, uint32_t number) {
  Generation generation = next_generation(state, only_pools({{"web", pool}}));
  generation.unreachable = {server(number)};
  return generation;
}

// ---- tables ----

TEST(Fold, CountsAndPlacesAsThePaperDoes) {
  const RouterState one = fold_all({modulo_pool({1}, kTwoTables)});
  EXPECT_EQ(table_of(one).current_count, 1u);
  EXPECT_EQ(table_of(one).previous_count, 0u);

  Generation install = next_generation(one, only_pools({{"web", modulo_pool({1, 2}, kTwoTables)}}));
  install.shifts = true;
  const RouterState two = fold_or_throw(one, install).state;
  EXPECT_EQ(table_of(two).current_count, 8u);
  EXPECT_EQ(table_of(two).previous_count, 1u);
  ASSERT_EQ(table_of(two).buckets.size(), 8u);
  for (size_t index = 0; index < 8; ++index) {
    EXPECT_EQ(table_of(two).buckets[index].owner, (Owners{BackendId(1 + index % 2), 1}));
  }
}

TEST(Fold, MaglevHasTheBucketsOfThePool) {
  Pool pool = modulo_pool({1, 2, 3});
  pool.table = {.placement = Placement::maglev, .buckets = 256};
  EXPECT_EQ(table_of(fold_all({pool})).buckets.size(), 256u);
}

TEST(Fold, MaglevPlacesIpv6ByTheWholeAddress) {
  const std::array places = {"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "10.0.0.1"};
  const auto placed = [](auto texts) {
    Pool pool;
    for (const char* text : texts) pool.backends.push_back({.address = *Address::parse(text)});
    const RouterState state = fold_all({pool});
    std::vector<Address> owners;
    for (const Bucket& bucket : table_of(state).buckets) {
      owners.push_back(state.backends.at(bucket.owner[0]).value());
    }
    return owners;
  };
  EXPECT_EQ(placed(places), placed(std::views::reverse(places)));
}

TEST(Fold, ServicesShareThePoolThatTheyName) {
  Configuration configuration = only_pools({{"web", modulo_pool({1})}});
  configuration.services = {{service("10.0.10.0:80/tcp"), {"web"}},
                            {service("10.0.11.0"), {"web"}}};
  const Step step = fold_or_throw({}, next_generation({}, configuration));
  EXPECT_EQ(step.state.pools.size(), 1u);
  EXPECT_EQ(step.state.configuration, configuration);
  EXPECT_EQ(step.cost.buckets_moved, 1u);
}

TEST(Fold, AChangeOfServicesAndNeighboursTouchesNoTable) {
  const RouterState before = fold_all({modulo_pool({1})});
  Configuration configuration = before.configuration;
  configuration.services[service("10.0.10.0")] = {"web"};
  configuration.neighbours[server(1)] = {.interface = "uplink", .mac = MacAddress({2})};
  const Step step = fold_or_throw(before, next_generation(before, configuration));
  EXPECT_EQ(step.state.configuration, configuration);
  EXPECT_EQ(step.state.pools.at("web").table, before.pools.at("web").table) << "the same object";
  EXPECT_TRUE(step.costs.empty());
  EXPECT_EQ(step.cost, ChangeCost{});
}

TEST(Fold, UnchangedPoolsKeepTheirTable) {
  const RouterState before = advance_to({}, {{"api", modulo_pool({1})}, {"web", modulo_pool({1})}});
  const Step step = fold_or_throw(
      before, next_generation(
                  before, only_pools({{"api", modulo_pool({1})}, {"web", modulo_pool({1, 2})}})));
  EXPECT_EQ(step.state.pools.at("api").table, before.pools.at("api").table);
  EXPECT_NE(step.state.pools.at("web").table, before.pools.at("web").table);
  ASSERT_EQ(step.costs.size(), 1u);
  EXPECT_EQ(step.costs.at("web"), step.cost);
}

// ---- what is known of a backend ----

TEST(Fold, ARemovedBackendStaysWhatItWas) {
  const Pool all = modulo_pool({1, 2, 3});
  Pool some = with_state(all, 1, BackendState::dead);
  find_backend(some, server(2))->agent = AgentUse::none;
  const RouterState named = fold_all({all, some});
  const std::set<BackendAddress> dead{server(1)};
  const std::set<BackendAddress> agentless{server(2)};
  EXPECT_EQ(named.dead, dead);
  EXPECT_EQ(named.agentless, agentless);

  RouterState removed = advance_to(named, {{"web", modulo_pool({3})}});
  EXPECT_EQ(removed.backends.size(), 3u) << "old owners";
  EXPECT_EQ(removed.dead, dead);
  EXPECT_EQ(removed.agentless, agentless);
  removed = advance_to(removed, {});
  EXPECT_EQ(removed.dead, std::set<BackendAddress>{}) << "of whom nothing is left";
  EXPECT_EQ(removed.agentless, std::set<BackendAddress>{});
}

TEST(Fold, ABackendThatReturnsIsWhatItsPoolSays) {
  const Pool all = modulo_pool({1, 2});
  Pool exceptional = with_state(all, 1, BackendState::dead);
  find_backend(exceptional, server(1))->agent = AgentUse::none;
  const RouterState state = fold_all({all, exceptional, modulo_pool({2}), all});
  EXPECT_EQ(state.dead, std::set<BackendAddress>{});
  EXPECT_EQ(state.agentless, std::set<BackendAddress>{});
}

// ---- whom placement may choose ----

TEST(Fold, ADrainingMemberGetsNothingNewAndIsRemembered) {
  const Pool all = modulo_pool({1, 2});
  const RouterState state = fold_all({all, with_state(all, 1, BackendState::draining)});
  for (const Bucket& bucket : table_of(state).buckets) EXPECT_EQ(bucket.owner[0], 2);
  EXPECT_EQ(table_of(state).buckets[0].owner, (Owners{2, 1}));
  EXPECT_EQ(state.backends.size(), 2u);
}

TEST(Fold, ADeadMemberIsForgottenFirst) {
  // Five owners one after the other; the fourth change finds the bucket full.
  RouterState state =
      fold_all({modulo_pool({1}), modulo_pool({2}), modulo_pool({3}), modulo_pool({4})});
  Pool next = with_state(modulo_pool({5, 3}), 3, BackendState::dead);
  const Step step = fold_or_throw(state, next_generation(state, only_pools({{"web", next}})));
  EXPECT_EQ(step.state.pools.at("web").table->buckets[0].owner, (Owners{5, 4, 2, 1}));
  EXPECT_EQ(step.cost.history_evicted_live, 0u);
}

TEST(Fold, ADeadMemberOfOnePoolIsDeadInAll) {
  RouterState state =
      fold_all({modulo_pool({1}), modulo_pool({2}), modulo_pool({3}), modulo_pool({4})});
  const Pool other = with_state(modulo_pool({3}), 3, BackendState::dead);
  state = advance_to(state, {{"web", modulo_pool({5})}, {"other", other}});
  EXPECT_EQ(table_of(state).buckets[0].owner, (Owners{5, 4, 2, 1}));
}

TEST(Fold, AnUnreachableMemberIsNotEligible) {
  const RouterState before = fold_all({modulo_pool({1, 2})});
  const RouterState after =
      fold_or_throw(before, with_unreachable(before, modulo_pool({1, 2}), 1)).state;
  for (const Bucket& bucket : table_of(after).buckets) EXPECT_EQ(bucket.owner[0], 2);
  EXPECT_EQ(after.unreachable, std::set{server(1)});
}

TEST(Fold, WhereNobodyIsReachableTheActiveMembersKeepTheirBuckets) {
  const Pool pool = with_state(modulo_pool({1, 2}), 2, BackendState::draining);
  const RouterState before = fold_all({modulo_pool({3}), pool});
  EXPECT_EQ(table_of(before).buckets[0].owner, (Owners{2, 1})) << "10.0.0.1, then 10.0.0.3";
  const RouterState after = fold_or_throw(before, with_unreachable(before, pool, 1)).state;
  EXPECT_EQ(after.pools.at("web").table, before.pools.at("web").table);
  EXPECT_EQ(after.unreachable, std::set{server(1)});
}

TEST(Fold, WithTwoTablesTheOperatorAloneChangesTables) {
  const Pool pool = modulo_pool({1, 2}, kTwoTables);
  const RouterState before = fold_all({pool});
  const RouterState after = fold_or_throw(before, with_unreachable(before, pool, 1)).state;
  EXPECT_EQ(after.pools.at("web").table, before.pools.at("web").table);
}

TEST(Fold, ForgetsTheUnreachableOwnerFirst) {
  const RouterState state =
      fold_all({modulo_pool({1}), modulo_pool({2}), modulo_pool({3}), modulo_pool({4})});
  const auto owners_without = [&](uint32_t number) {
    const Step step = fold_or_throw(state, with_unreachable(state, modulo_pool({5}), number));
    EXPECT_EQ(step.cost.history_evicted_live, number == 3 ? 0u : 1u);
    return step.state.pools.at("web").table->buckets.at(0).owner;
  };
  EXPECT_EQ(owners_without(99), (Owners{5, 4, 3, 2}));
  EXPECT_EQ(owners_without(3), (Owners{5, 4, 2, 1}));
}

TEST(EligibleBackends, AreActiveAndReachable) {
  Pool pool = modulo_pool({1, 2, 3, 4});
  pool = with_state(with_state(pool, 1, BackendState::draining), 2, BackendState::dead);
  pool.backends.push_back({});  // connected: always reachable
  const auto addresses = [&] {
    std::vector<std::string> names;
    for (const Backend& backend : eligible_backends(pool, {server(3)})) {
      names.push_back(name_of(backend.address));
    }
    return names;
  };
  EXPECT_EQ(addresses(), (std::vector<std::string>{"10.0.0.4", "connected"}));
  pool.table.history = kTwoTables;
  EXPECT_EQ(addresses(), (std::vector<std::string>{"10.0.0.3", "10.0.0.4", "connected"}));
}

// ---- shifts, clears, changed options ----

TEST(Fold, AnInstallShiftsEveryPoolWithTwoTables) {
  const Pools pools{{"paper", modulo_pool({1, 2}, kTwoTables)}, {"web", modulo_pool({1, 2})}};
  const RouterState before = advance_to({}, pools);
  Generation install = next_generation(before, only_pools(pools));
  EXPECT_EQ(fold_or_throw(before, install).state.pools.at("paper").table,
            before.pools.at("paper").table);
  install.shifts = true;
  const RouterState after = fold_or_throw(before, install).state;
  EXPECT_EQ(table_of(before, "paper").previous_count, 0u);
  EXPECT_EQ(table_of(after, "paper").previous_count, 8u);
  EXPECT_EQ(after.pools.at("web").table, before.pools.at("web").table);
}

TEST(Fold, ClearingForgetsOwnersAndKeepsTheConfiguration) {
  const RouterState before = fold_all({modulo_pool({1}), modulo_pool({2})});
  Generation generation = next_generation(before, before.configuration);
  generation.clears_history = true;
  const RouterState after = fold_or_throw(before, generation).state;
  EXPECT_EQ(table_of(after).buckets, (std::vector<Bucket>{{.owner = {2}}}));
  EXPECT_EQ(after.pools.at("web").index, before.pools.at("web").index);
  EXPECT_EQ(after.backends, (BackendAddresses{{2, server(2)}}));
  EXPECT_EQ(after.configuration, before.configuration);
}

TEST(Fold, ALesserDepthForgetsAtOnce) {
  Pool shallow = modulo_pool({4});
  shallow.table.history_depth = 2;
  const RouterState deep =
      fold_all({modulo_pool({1}), modulo_pool({2}), modulo_pool({3}), modulo_pool({4})});
  const Step step = fold_or_throw(deep, next_generation(deep, only_pools({{"web", shallow}})));
  EXPECT_EQ(table_of(step.state).buckets[0].owner, (Owners{4, 3}));
  EXPECT_EQ(step.cost, (ChangeCost{.history_evicted_live = 2}));
  EXPECT_EQ(step.state.backends, (BackendAddresses{{3, server(3)}, {4, server(4)}}));
}

TEST(Fold, ChangedOptionsCarryTheOldOwnersOver) {
  Pool pool = modulo_pool({1, 2});
  pool.table = {.placement = Placement::maglev, .buckets = 16};
  Pool finer = pool;
  finer.table.buckets = 64;
  finer.backends.erase(finer.backends.begin());
  const RouterState before = fold_all({pool});
  const RouterState after = advance_to(before, {{"web", finer}});
  ASSERT_EQ(table_of(after).buckets.size(), 64u);
  for (size_t index = 0; index < 64; ++index) {
    const BackendId old_owner = table_of(before).buckets[index % 16].owner[0];
    const Owners expected = old_owner == 2 ? Owners{2} : Owners{2, 1};
    EXPECT_EQ(table_of(after).buckets[index].owner, expected) << index;
  }

  finer.table.history = kNone;
  const RouterState none = advance_to(after, {{"web", finer}});
  for (const Bucket& bucket : table_of(none).buckets) EXPECT_EQ(bucket.owner, Owners{2});
}

TEST(Fold, APoolGoesWithItsHistoryAndItsCost) {
  const RouterState before =
      advance_to({}, {{"old", modulo_pool({1, 2})}, {"web", modulo_pool({3})}});
  const Step step =
      fold_or_throw(before, next_generation(before, only_pools({{"web", modulo_pool({3})}})));
  EXPECT_FALSE(step.state.pools.contains("old"));
  EXPECT_EQ(step.state.backends, (BackendAddresses{{3, server(3)}}));
  EXPECT_EQ(step.cost, (ChangeCost{.buckets_moved = 8, .history_evicted_live = 8}));
  EXPECT_EQ(step.costs.at("old"), step.cost);
}

TEST(Fold, AnEmptiedPoolKeepsItsHistory) {
  const RouterState state = fold_all({modulo_pool({1}), modulo_pool({}), modulo_pool({2})});
  EXPECT_EQ(table_of(state).buckets, (std::vector<Bucket>{{.owner = {2, 1}}}));
}

// ---- numbers ----

TEST(Fold, OneNumberForAnAddressInEveryPool) {
  Pool connected;
  connected.backends.push_back({});
  const RouterState state =
      advance_to({}, {{"a", connected}, {"b", modulo_pool({5, 6})}, {"c", modulo_pool({6, 7})}});
  EXPECT_EQ(state.backends,
            (BackendAddresses{{1, std::nullopt}, {2, server(5)}, {3, server(6)}, {4, server(7)}}));
  EXPECT_EQ(state.pools.at("a").index, 0u);
  EXPECT_EQ(state.pools.at("b").index, 1u);
  EXPECT_EQ(state.pools.at("c").index, 2u);
}

TEST(Fold, MembersWithoutABucketHaveNumbersToo) {
  const Pool pool = with_state(modulo_pool({1, 2}), 2, BackendState::draining);
  EXPECT_EQ(fold_all({pool}).backends, (BackendAddresses{{1, server(1)}, {2, server(2)}}));
}

TEST(Fold, ANumberIsFreeWhenNobodyRemembersItsOwner) {
  EXPECT_EQ(fold_all({modulo_pool({1}, kNone), modulo_pool({2}, kNone)}).backends,
            (BackendAddresses{{2, server(2)}}))
      << "1 is free after the step, not in it";
  EXPECT_EQ(fold_all({modulo_pool({1}, kNone), modulo_pool({2}, kNone), modulo_pool({3}, kNone)})
                .backends,
            (BackendAddresses{{1, server(3)}}));
  EXPECT_EQ(fold_all({modulo_pool({1}), modulo_pool({2})}).backends,
            (BackendAddresses{{1, server(1)}, {2, server(2)}}));
}

TEST(Fold, OfAnOwnerThatNobodyRemembersNoReachabilityIsKept) {
  const RouterState before = fold_all({modulo_pool({1, 2}, kNone)});
  const auto after = [&](const Pool& pool) {
    return fold_or_throw(before, with_unreachable(before, pool, 1)).state.unreachable;
  };
  EXPECT_EQ(after(modulo_pool({1, 2}, kNone)), std::set{server(1)});
  EXPECT_EQ(after(modulo_pool({2})), std::set{server(1)}) << "still an owner";
  EXPECT_EQ(after(modulo_pool({2}, kNone)), std::set<Address>{});
}

TEST(Fold, APoolThatComesTakesNoIndexOfOneThatGoes) {
  const RouterState before = advance_to({}, {{"a", modulo_pool({1})}});
  const RouterState after = advance_to(before, {{"b", modulo_pool({1})}});
  EXPECT_EQ(after.pools.at("b").index, 1u);
  EXPECT_EQ(advance_to(after, {{"b", modulo_pool({1})}, {"c", {}}}).pools.at("c").index, 0u);
}

TEST(Fold, RefusesMorePoolsThanThereAre) {
  Pools pools;
  for (size_t index = 0; index < kPoolsMax; ++index) pools[fmt::format("pool-{}", index)] = {};
  const RouterState full = advance_to({}, pools);
  pools.erase(pools.begin());
  pools["web"] = {};
  const auto step = fold(full, next_generation(full, only_pools(pools)));
  ASSERT_FALSE(step) << "the pool that goes is in use until the step is published";
  EXPECT_THAT(step.error().message, HasSubstr("no number is left for pool web"));
}

TEST(Fold, RefusesMoreBackendsThanThereAre) {
  Pool pool = modulo_pool({}, kNone);
  for (uint32_t number = 1; number <= kBackendsMax; ++number) {
    pool.backends.push_back({.address = server(number)});
  }
  const RouterState full = advance_to({}, {{"web", pool}});
  EXPECT_EQ(full.backends.rbegin()->first, kBackendsMax);
  pool.backends.front().address = server(kBackendsMax + 1);
  const auto step = fold(full, next_generation(full, only_pools({{"web", pool}})));
  ASSERT_FALSE(step);
  EXPECT_THAT(step.error().message, HasSubstr("no number is left for backend 10.0.16.1"));
}

TEST(BucketsNeeded, CountsOldAndNewTablesTogether) {
  const RouterState none;
  const RouterState one = advance_to(none, {{"web", modulo_pool({1, 2}, kNone)}});
  EXPECT_EQ(buckets_needed(none, one), 8u + 8u);
  EXPECT_EQ(buckets_needed(one, one), 8u);
  const RouterState two = advance_to(
      one, {{"other", modulo_pool({1, 2, 3}, kNone)}, {"web", modulo_pool({1, 2}, kNone)}});
  EXPECT_EQ(buckets_needed(one, two), 8u + 16u + 16u);
  EXPECT_EQ(buckets_needed(two, none), 8u + 16u);
}

TEST(BucketsNeeded, LaterForTheLargestPoolBesideAll) {
  const RouterState state = advance_to(
      {}, {{"other", modulo_pool({1, 2, 3}, kNone)}, {"web", modulo_pool({1, 2}, kNone)}});
  EXPECT_EQ(buckets_needed_later({}), 0u);
  EXPECT_EQ(buckets_needed_later(state), 8u + 16u + 16u);
}

TEST(BucketsNeeded, LaterForMembersThatAreUnreachableNow) {
  RouterState state;
  state = fold_or_throw(state, with_unreachable(state, modulo_pool({1, 2}, kNone), 1)).state;
  ASSERT_EQ(table_of(state).buckets.size(), 1u);
  EXPECT_EQ(buckets_needed_later(state), 8u + 8u);
}

}  // namespace
}  // namespace ricochet

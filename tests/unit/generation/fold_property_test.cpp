// SPDX-License-Identifier: Apache-2.0
//
// Random logs: what must hold of every state that a fold gives.
#include <gtest/gtest.h>

#include <set>

#include "random_log.h"

namespace ricochet {
namespace {

constexpr uint32_t kLogs = 20;
constexpr int kGenerations = 200;

class FoldPropertyTest : public ::testing::TestWithParam<uint32_t> {};

// A state that shares no object with another, as one that was read from a snapshot.
RouterState copy_of(const RouterState& state) {
  RouterState copy = state;
  for (auto& [name, pool] : copy.pools) {
    pool.table = std::make_shared<const PoolTable>(*pool.table);
    pool.owners = owners_of(*pool.table);
  }
  return copy;
}

// What is wrong with the numbers of a state; empty: nothing.
std::string find_wrong_number(const RouterState& state) {
  std::set<BackendId> used;
  std::set<PoolIndex> indexes;
  for (const auto& [name, pool] : state.pools) {
    if (!indexes.insert(pool.index).second) return "two pools have one index";
    if (*owners_of(*pool.table) != *pool.owners) return name + ": owners are not the table's";
    used.insert(pool.owners->begin(), pool.owners->end());
  }
  std::map<std::optional<Address>, BackendId> ids;
  for (const auto& [id, address] : state.backends) {
    if (!ids.emplace(address, id).second) return "two numbers for one address";
  }
  for (const auto& [name, pool] : state.configuration.pools) {
    for (const Backend& backend : pool.backends) {
      if (!ids.contains(backend.address)) return "a member without a number";
      used.insert(ids.at(backend.address));
    }
  }
  for (const auto& [id, address] : state.backends) {
    if (!used.contains(id)) return "a number that nobody uses";
  }
  return used.size() == state.backends.size() ? "" : "a bucket names nobody";
}

TEST_P(FoldPropertyTest, ASnapshotInTheMiddleChangesNothing) {
  RandomLog log(GetParam());
  RouterState whole;
  RouterState resumed;
  std::set<HistoryPolicy> policies_seen;
  for (int number = 1; number <= kGenerations; ++number) {
    SCOPED_TRACE(fmt::format("generation {}", number));
    const Generation generation = log.next(whole);
    if (number % 7 == 0) resumed = copy_of(resumed);
    const Step step = fold_or_throw(whole, generation);
    const Step again = fold_or_throw(resumed, generation);
    EXPECT_EQ(step.cost, again.cost);
    EXPECT_EQ(step.costs, again.costs);

    ChangeCost sum;
    for (const auto& [name, cost] : step.costs) sum += cost;
    EXPECT_EQ(sum, step.cost);
    whole = step.state;
    resumed = again.state;
    expect_same_state(resumed, whole);
    ASSERT_EQ(find_wrong_number(whole), "");
    ASSERT_FALSE(HasFailure());
    for (const auto& [name, pool] : whole.configuration.pools) {
      if (!pool.backends.empty()) policies_seen.insert(pool.table.history);
    }
  }
  EXPECT_EQ(policies_seen.size(), 3u) << "else the log was too tame to show anything";
}

// Joined differences lead to the same configuration, whatever became of the tables.
TEST_P(FoldPropertyTest, TheLogCanBeReadFromBothEnds) {
  RandomLog log(GetParam());
  RouterState state;
  Difference all;
  std::vector<Generation> generations;
  for (int number = 1; number <= kGenerations; ++number) {
    generations.push_back(log.next(state));
    all = join(all, generations.back().difference);
    state = fold_or_throw(state, generations.back()).state;
    EXPECT_EQ(all, difference({}, state.configuration));
  }
  Configuration rewound = state.configuration;
  for (size_t index = generations.size(); index-- > 0;) {
    Difference backwards = generations[index].difference;
    for (auto& [name, change] : backwards.pools) std::swap(change.before, change.after);
    for (auto& [key, change] : backwards.services) std::swap(change.before, change.after);
    for (auto& [address, change] : backwards.neighbours) std::swap(change.before, change.after);
    apply(backwards, rewound);
  }
  EXPECT_EQ(rewound, Configuration{});
}

INSTANTIATE_TEST_SUITE_P(Logs, FoldPropertyTest, ::testing::Range(0u, kLogs));

}  // namespace
}  // namespace ricochet

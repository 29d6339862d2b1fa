// SPDX-License-Identifier: Apache-2.0
//
// Pools of 12 servers in random churn: what must hold after every step, and agreement with a model
// of the history that is too slow and too simple to be wrong. 12, because with four servers no
// bucket can overflow.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <set>

#include "placement/bucket.h"

namespace ricochet {
namespace {

constexpr BackendId kServers = 12;
constexpr size_t kFine = 64;  // buckets of the model: as many as the largest table here

// The history of each of kFine parts of all flows, whatever the size of the tables.
class Model {
 public:
  Model(HistoryPolicy policy, size_t depth) : policy_(policy), depth_(depth) {}

  void install(const std::vector<BackendId>& owners,
               const std::map<BackendId, OwnerState>& states) {
    forgotten_live_ = 0;
    moved_ = 0;
    for (size_t part = 0; part < kFine; ++part) {
      std::vector<BackendId>& known = known_[part];
      const std::vector<BackendId> before = known;
      const BackendId owner = owners.empty() ? BackendId{0} : owners[part % owners.size()];
      if (policy_ == HistoryPolicy::distinct) {
        push(known, owner, states);
      } else {
        known.insert(known.begin(), owner);
        known.resize(policy_ == HistoryPolicy::none ? 1 : 2);
      }
      moved_ += before.empty() ? owner != 0 : before[0] != known[0];
      for (const BackendId id : std::set(before.begin(), before.end())) {
        const bool forgotten = std::ranges::count(known, id) == 0;
        forgotten_live_ += id != 0 && forgotten && states.at(id) != OwnerState::dead;
      }
    }
  }

  [[nodiscard]] Bucket bucket(size_t part) const {
    Bucket result;
    std::ranges::copy(known_[part], result.owner.begin());
    return result;
  }
  [[nodiscard]] size_t moved() const { return moved_; }
  [[nodiscard]] size_t forgotten_live() const { return forgotten_live_; }

 private:
  void push(std::vector<BackendId>& known, BackendId owner,
            const std::map<BackendId, OwnerState>& states) const {
    if (!known.empty() && known[0] == owner) return;
    const BackendId displaced = known.empty() ? BackendId{0} : known[0];
    std::erase(known, owner);
    std::erase(known, BackendId{0});
    known.insert(known.begin(), owner);
    if (known.size() > depth_) known.erase(known.begin() + victim(known, displaced, states));
  }

  static ptrdiff_t victim(const std::vector<BackendId>& known, BackendId displaced,
                          const std::map<BackendId, OwnerState>& states) {
    const auto last = static_cast<ptrdiff_t>(known.size()) - 1;
    for (ptrdiff_t place = last; place > 0; --place) {
      if (states.at(known[place]) == OwnerState::dead) return place;
    }
    for (ptrdiff_t place = last; place > 0; --place) {
      if (states.at(known[place]) == OwnerState::removed && known[place] != displaced) return place;
    }
    return last;
  }

  HistoryPolicy policy_;
  size_t depth_;
  std::array<std::vector<BackendId>, kFine> known_;
  size_t moved_ = 0;
  size_t forgotten_live_ = 0;
};

// Servers come, go, die and return at random, and each change gives a placement.
class Churn {
 public:
  Churn(Placement placement, uint32_t seed) : placement_(placement), random_(seed) {
    for (BackendId id = 1; id <= kServers; ++id) states_[id] = OwnerState::removed;
  }

  std::vector<BackendId> next() {
    if (random_() % 20 == 0) {
      for (auto& [id, state] : states_) state = OwnerState::removed;
    }
    for (uint32_t changes = random_() % 4; changes > 0; --changes) {
      const auto id = static_cast<BackendId>(1 + random_() % kServers);
      constexpr std::array kLikely{OwnerState::member, OwnerState::member, OwnerState::removed,
                                   OwnerState::dead};
      states_[id] = kLikely[random_() % kLikely.size()];
    }
    std::vector<Candidate> candidates;
    for (const auto& [id, state] : states_) {
      if (state == OwnerState::member) candidates.push_back({.id = id, .identity = id});
    }
    return placement_ == Placement::modulo
               ? place_modulo(candidates, paper_bucket_count(candidates.size()))
               : place_maglev(candidates, kFine);
  }

  [[nodiscard]] const std::map<BackendId, OwnerState>& states() const { return states_; }

 private:
  Placement placement_;
  std::mt19937 random_;
  std::map<BackendId, OwnerState> states_;
};

void expect_distinct_without_holes(const Bucket& bucket, size_t depth) {
  std::set<BackendId> seen;
  bool ended = false;
  for (size_t place = 0; place < kOwners; ++place) {
    const BackendId id = bucket.owner[place];
    if (id == 0) {
      ended = ended || place > 0;  // nobody may be current
      continue;
    }
    EXPECT_LT(place, depth);
    EXPECT_FALSE(ended) << "a hole before place " << place;
    EXPECT_TRUE(seen.insert(id).second) << "server " << id << " twice";
  }
}

struct Case {
  HistoryPolicy policy;
  Placement placement;
  size_t depth = kOwners;
};

class HistoryPropertyTest : public ::testing::TestWithParam<Case> {
 protected:
  static void expect_counts(const PoolTable& before, const PoolTable& after,
                            const std::vector<BackendId>& owners) {
    const size_t size = after.buckets.size();
    EXPECT_TRUE(size == 0 || std::has_single_bit(size));
    for (const uint32_t count : {after.current_count, after.previous_count}) {
      EXPECT_TRUE(count == 0 || size % count == 0) << count << " of " << size;
    }
    switch (GetParam().policy) {
      case HistoryPolicy::none:
        EXPECT_EQ(size, owners.size());
        EXPECT_EQ(after.previous_count, 0u);
        break;
      case HistoryPolicy::two_tables:
        EXPECT_EQ(after.current_count, owners.size());
        EXPECT_EQ(after.previous_count, before.current_count);
        EXPECT_EQ(size, std::max(after.current_count, after.previous_count));
        break;
      case HistoryPolicy::distinct:
        const bool remembers = std::ranges::any_of(
            after.buckets, [](const Bucket& bucket) { return bucket.owner[1] != 0; });
        EXPECT_EQ(size, remembers ? std::max(owners.size(), before.buckets.size()) : owners.size());
        EXPECT_EQ(after.current_count, size);
        EXPECT_EQ(after.previous_count, std::min<size_t>(before.current_count, size));
        for (const Bucket& bucket : after.buckets) {
          expect_distinct_without_holes(bucket, GetParam().depth);
        }
        break;
    }
  }
};

TEST_P(HistoryPropertyTest, AgreesWithTheModel) {
  constexpr int kChanges = 300;
  size_t evictions = 0;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    Churn churn(GetParam().placement, seed);
    Model model(GetParam().policy, GetParam().depth);
    PoolTable table;
    for (int change = 0; change < kChanges; ++change) {
      SCOPED_TRACE(fmt::format("seed {}, change {}", seed, change));
      const auto owners = churn.next();
      ChangeCost cost;
      const PoolTable before = table;
      table = advance(
          before, owners, GetParam().policy, GetParam().depth,
          [&](BackendId id) { return churn.states().at(id); }, cost);
      model.install(owners, churn.states());

      expect_counts(before, table, owners);
      for (size_t part = 0; part < kFine; ++part) {
        const Bucket bucket =
            table.buckets.empty() ? Bucket{} : table.buckets[part % table.buckets.size()];
        ASSERT_EQ(bucket.owner, model.bucket(part).owner) << "part " << part;
      }
      const size_t parts_per_bucket =
          kFine / std::max({before.buckets.size(), table.buckets.size(), size_t{1}});
      ASSERT_EQ(cost.buckets_moved * parts_per_bucket, model.moved());
      ASSERT_EQ(cost.history_evicted_live * parts_per_bucket, model.forgotten_live());
      evictions += cost.history_evicted_live;
    }
  }
  EXPECT_GT(evictions, 0u);  // else the churn was too tame to show anything
}

INSTANTIATE_TEST_SUITE_P(AllPolicies, HistoryPropertyTest,
                         ::testing::Values(Case{HistoryPolicy::none, Placement::modulo},
                                           Case{HistoryPolicy::none, Placement::maglev},
                                           Case{HistoryPolicy::two_tables, Placement::modulo},
                                           Case{HistoryPolicy::two_tables, Placement::maglev},
                                           Case{HistoryPolicy::distinct, Placement::modulo},
                                           Case{HistoryPolicy::distinct, Placement::maglev},
                                           Case{HistoryPolicy::distinct, Placement::modulo, 3},
                                           Case{HistoryPolicy::distinct, Placement::maglev, 3},
                                           Case{HistoryPolicy::distinct, Placement::modulo, 2},
                                           Case{HistoryPolicy::distinct, Placement::maglev, 2}),
                         [](const auto& suite) {
                           std::string name =
                               fmt::format("{}_{}_{}", to_string(suite.param.policy),
                                           to_string(suite.param.placement), suite.param.depth);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

std::vector<Candidate> servers_but(BackendId missing) {
  std::vector<Candidate> candidates;
  for (BackendId id = 1; id <= kServers; ++id) {
    if (id != missing) candidates.push_back({.id = id, .identity = id});
  }
  return candidates;
}

bool remembers(const Bucket& bucket, BackendId id) {
  return std::ranges::count(bucket.owner, id) == 1;
}

// Also when the flapping server is a removed one whenever it is away.
TEST(HistoryFlapTest, AServerThatFlapsForEverIsNeverForgotten) {
  constexpr BackendId kFlapping = 5;
  constexpr uint32_t kCount = 4096;
  for (const Placement placement : {Placement::modulo, Placement::maglev}) {
    const auto place = [&](BackendId missing) {
      return placement == Placement::modulo ? place_modulo(servers_but(missing), kCount)
                                            : place_maglev(servers_but(missing), kCount);
    };
    const auto with = place(0);
    const auto without = place(kFlapping);
    PoolTable table;
    ChangeCost cost;
    for (int flap = 0; flap < 200; ++flap) {
      const bool present = flap % 2 == 0;
      const auto state_of = [&](BackendId id) {
        return id == kFlapping && !present ? OwnerState::removed : OwnerState::member;
      };
      table = advance(table, present ? with : without, HistoryPolicy::distinct, kOwners, state_of,
                      cost);
      for (uint32_t bucket = 0; bucket < kCount; ++bucket) {
        ASSERT_TRUE(remembers(table.buckets[bucket], with[bucket]));
        ASSERT_TRUE(flap == 0 || remembers(table.buckets[bucket], without[bucket]));
      }
    }
    EXPECT_EQ(cost.history_evicted_live, 0u);
  }
}

// Twelve servers added one after another move every bucket more than four times under modulo.
TEST(HistoryOverflowTest, TwelveServersOverflowAndTheCostIsCounted) {
  PoolTable table;
  std::vector<Candidate> candidates;
  std::array<std::vector<BackendId>, kFine> distinct_owners;  // of each part, newest last
  size_t evicted = 0;
  for (BackendId id = 1; id <= kServers; ++id) {
    candidates.push_back({.id = id, .identity = id});
    const auto owners = place_modulo(candidates, paper_bucket_count(candidates.size()));
    ChangeCost cost;
    table = advance(
        table, owners, HistoryPolicy::distinct, kOwners,
        [](BackendId) { return OwnerState::member; }, cost);
    evicted += cost.history_evicted_live * (kFine / table.buckets.size());
    for (size_t part = 0; part < kFine; ++part) {
      std::erase(distinct_owners[part], owners[part % owners.size()]);
      distinct_owners[part].push_back(owners[part % owners.size()]);
    }
  }
  ASSERT_EQ(table.buckets.size(), kFine);
  size_t overflowed = 0;
  for (size_t part = 0; part < kFine; ++part) {
    const auto& all = distinct_owners[part];
    overflowed += all.size() > kOwners;
    for (size_t place = 0; place < std::min(kOwners, all.size()); ++place) {
      EXPECT_EQ(table.buckets[part].owner[place], all[all.size() - 1 - place]);
    }
  }
  EXPECT_GT(overflowed, 0u);
  EXPECT_GE(evicted, overflowed);
}

}  // namespace
}  // namespace ricochet

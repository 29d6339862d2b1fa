// SPDX-License-Identifier: Apache-2.0
#include "control/settling_timer.h"

#include <gtest/gtest.h>

namespace ricochet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct Cleared {
  std::mutex guard;
  std::multiset<PoolIndex> pools;
};

void start(SettlingTimer& timer, Cleared& cleared, const std::set<PoolIndex>& pools) {
  const std::lock_guard lock(cleared.guard);
  timer.start(pools);
}

TEST(SettlingTimer, ClearsEachPoolOnce) {
  Cleared cleared;
  SettlingTimer timer(cleared.guard, milliseconds(1),
                      [&](PoolIndex pool) { cleared.pools.insert(pool); });
  start(timer, cleared, {3, 5});
  timer.wait();
  start(timer, cleared, {5});
  timer.wait();
  EXPECT_EQ(cleared.pools, (std::multiset<PoolIndex>{3, 5, 5}));
}

TEST(SettlingTimer, WaitsForNothingWhenNothingSettles) {
  Cleared cleared;
  SettlingTimer timer(cleared.guard, hours(1), [](PoolIndex) {});
  timer.wait();
}

TEST(SettlingTimer, EndsWithoutClearingWhatIsNotDue) {
  Cleared cleared;
  {
    SettlingTimer timer(cleared.guard, hours(1),
                        [&](PoolIndex pool) { cleared.pools.insert(pool); });
    start(timer, cleared, {1});
  }
  EXPECT_TRUE(cleared.pools.empty());
}

}  // namespace
}  // namespace ricochet

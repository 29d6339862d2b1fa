// SPDX-License-Identifier: Apache-2.0
#include "control/pin_sweeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "controller_fixture.h"

namespace ricochet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class PinSweeperTest : public ControllerTest {
 protected:
  [[nodiscard]] PinSweeper sweeper(milliseconds interval) {
    return {guard_, interval, [this] { dataplane_.sweep_pins(); }};
  }

  std::mutex guard_;
};

TEST_F(PinSweeperTest, SweepsAgainAndAgain) {
  PinSweeper every_now_and_then = sweeper(milliseconds(1));
  every_now_and_then.start();
  EXPECT_TRUE(dataplane_.await_pin_sweeps(3));
}

TEST_F(PinSweeperTest, SweepsWithTheGuardHeld) {
  std::atomic<bool> was_free = false;
  PinSweeper checking(guard_, milliseconds(1), [&] {
    // Another thread: a mutex must not be tried by its owner.
    was_free = std::async(std::launch::async, [&] { return guard_.try_lock(); }).get() || was_free;
    dataplane_.sweep_pins();
  });
  checking.start();
  EXPECT_TRUE(dataplane_.await_pin_sweeps(2));
  EXPECT_FALSE(was_free);
}

TEST_F(PinSweeperTest, SweepsNothingBeforeItIsDue) {
  {
    PinSweeper later = sweeper(hours(1));
    later.start();
  }
  EXPECT_EQ(dataplane_.pin_sweeps(), 0);
}

TEST_F(PinSweeperTest, WithoutAnIntervalItNeverSweeps) {
  std::atomic<int> sweeps = 0;
  PinSweeper never(guard_, milliseconds(0), [&] { ++sweeps; });
  PinSweeper other = sweeper(milliseconds(1));
  never.start();
  other.start();
  EXPECT_TRUE(dataplane_.await_pin_sweeps(3));
  EXPECT_EQ(sweeps, 0);
}

TEST_F(PinSweeperTest, TheControllerHasThePinsSwept) {
  start(ControllerOptions{.table = kDistinctTable, .pin_sweep_interval = milliseconds(1)});
  become(web({1, 2}));
  EXPECT_TRUE(dataplane_.await_pin_sweeps(2));
}

TEST_F(PinSweeperTest, TheControllerHasFlowsSweptByATimeOfTheirOwn) {
  start(ControllerOptions{.table = kDistinctTable,
                          .pin_sweep_interval = milliseconds(0),
                          .flow_sweep_interval = milliseconds(1)});
  become(web({1, 2}));
  EXPECT_TRUE(dataplane_.await_flow_sweeps(2));
  EXPECT_EQ(dataplane_.pin_sweeps(), 0);
}

}  // namespace
}  // namespace ricochet

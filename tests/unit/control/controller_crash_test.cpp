// SPDX-License-Identifier: Apache-2.0
//
// The data plane fails, or the daemon dies, between any two steps.
#include <gmock/gmock.h>

#include <random>

#include "controller_fixture.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Kind = Outcome::Kind;

const Route kFirst = route("10.0.10.0", "10.0.0.1");
const Route kSecond = route("10.0.10.0", "10.0.0.2");
const Route kThird = route("10.0.11.0", "10.0.0.3");

constexpr struct {
  const char* name;
  Settings settings;
} kVariants[] = {{"two_tables", kPaperSettings},
                 {"distinct", kDistinctSettings},
                 {"none", kPlainSettings},
                 {"maglev", {.buckets = 64}}};

class CrashTest : public ControllerTest, public ::testing::WithParamInterface<size_t> {
 protected:
  static const Settings& settings() { return kVariants[GetParam()].settings; }

  // A router that has been changed a few times, on its own store and data plane.
  void prepare() {
    controller_.reset();
    std::filesystem::remove(store_path());
    std::filesystem::remove(store_path().string() + "-wal");
    std::filesystem::remove(store_path().string() + "-shm");
    dataplane_.reset();
    Controller& controller = start(settings());
    controller.set_neighbour(server(1), neighbour(1, 1));
    controller.set_neighbour(server(2), neighbour(2, 2));
    install_with({kFirst, connected("10.0.1.0/24")});
    install_with({kThird});
    controller.add_route(kSecond);
    controller.remove_route(kThird);
    controller.remove_route(connected("10.0.1.0/24"));
  }

  // Runs the command with the data plane failing after 0, 1, 2, ... calls, until it does not;
  // after each failure `recover` must lead to a consistent router.
  template <class Command, class Recover>
  void fail_everywhere(Command command, Recover recover) {
    for (size_t calls = 0;; ++calls) {
      prepare();
      dataplane_.fail_after(calls);
      const Outcome outcome = command(*controller_);
      dataplane_.heal();
      if (outcome.ok()) {
        EXPECT_GT(calls, 0u);
        return;
      }
      EXPECT_EQ(outcome.kind, Kind::failed);
      EXPECT_THAT(outcome.message, HasSubstr("made to fail"));
      recover();
      SCOPED_TRACE(calls);
      expect_consistent();
    }
  }
};

TEST_P(CrashTest, InstallThenRestart) {
  fail_everywhere([](Controller& controller) { return controller.install(); },
                  [&] {
                    restart();
                    EXPECT_EQ(controller_->snapshot().state.generation, 3u);
                  });
}

TEST_P(CrashTest, InstallThenInstall) {
  fail_everywhere([](Controller& controller) { return controller.install(); },
                  [&] {
                    const Outcome again = controller_->install();
                    EXPECT_TRUE(again.ok()) << again.message;
                    EXPECT_TRUE(controller_->snapshot().queue.empty());
                  });
}

TEST_P(CrashTest, ClearThenRestart) {
  fail_everywhere([](Controller& controller) { return controller.clear(); }, [&] { restart(); });
}

TEST_P(CrashTest, ClearThenClear) {
  fail_everywhere([](Controller& controller) { return controller.clear(); },
                  [&] {
                    EXPECT_TRUE(controller_->clear().ok());
                    EXPECT_TRUE(controller_->snapshot().neighbours.empty());
                    EXPECT_TRUE(controller_->snapshot().state.pools.empty());
                  });
}

TEST_P(CrashTest, NeighbourAddedThenRestart) {
  fail_everywhere(
      [](Controller& controller) { return controller.set_neighbour(server(1), neighbour(3, 9)); },
      [&] {
        restart();
        EXPECT_EQ(controller_->snapshot().neighbours.at(server(1)), neighbour(3, 9));
      });
}

TEST_P(CrashTest, NeighbourRemovedThenRestart) {
  fail_everywhere([](Controller& controller) { return controller.remove_neighbour(server(1)); },
                  [&] {
                    restart();
                    EXPECT_TRUE(controller_->snapshot().neighbours.contains(server(1)));
                  });
}

TEST_P(CrashTest, AnInstallAfterAFailureDoesNotSkipIt) {
  prepare();
  dataplane_.fail_after(0);
  EXPECT_THAT(controller_->install().message, HasSubstr("Generation 3 is recorded but"));
  controller_->add_route(kThird);
  EXPECT_THAT(controller_->install().message,
              HasSubstr("Generation 3 is still not in force, nothing was installed"));
  EXPECT_EQ(controller_->snapshot().queue.additions().size(), 1u);
  dataplane_.heal();
  EXPECT_TRUE(controller_->install().ok());
  EXPECT_EQ(controller_->snapshot().state.generation, 4u);
  expect_consistent();
}

// Any history of commands: a daemon that starts has the state of the one that ran, and touches no
// table.
TEST_P(CrashTest, ARestartEqualsTheLiveController) {
  start(settings());
  std::minstd_rand random(20240229);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  for (int round = 0; round < 300; ++round) {
    const Route any{.service = service(below(2) ? "10.0.10.0" : "10.0.11.0"),
                    .backend = {.address = server(1 + below(6)), .weight = 1 + below(3)}};
    switch (below(12)) {
      case 0:
        controller_->set_neighbour(*any.backend.address,
                                   neighbour(static_cast<uint16_t>(below(5)), 7));
        break;
      case 1:
        controller_->remove_neighbour(*any.backend.address);
        break;
      case 2:
      case 3:
      case 4:
        controller_->remove_route(any);
        break;
      case 5:
      case 6:
      case 7:
        controller_->add_route(any);
        break;
      case 8:
        if (below(10) == 0) controller_->clear();
        break;
      default:
        controller_->install();
    }
    if (round % 20 != 0) continue;
    const Snapshot live = controller_->snapshot();
    const auto publishes = dataplane_.publishes;
    restart();
    expect_same_state(controller_->snapshot().state, live.state);
    EXPECT_EQ(dataplane_.publishes, publishes);
    expect_consistent();
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, CrashTest, ::testing::Range(size_t{0}, std::size(kVariants)),
                         [](const auto& test) { return std::string(kVariants[test.param].name); });

TEST_F(ControllerTest, RefusesToStartOnPortsThatAreNotThere) {
  Controller& controller = start(kDistinctSettings);
  controller.set_neighbour(server(1), neighbour(4, 1));
  controller_.reset();
  dataplane_.port_list.pop_back();
  auto started = try_start(options_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              HasSubstr("neighbour 10.0.0.1 is on port 4, but --ports names 4"));
}

TEST_F(ControllerTest, RefusesToStartOnADataPlaneThatRefuses) {
  start(kDistinctSettings);
  install_with({kFirst});
  controller_.reset();
  dataplane_.fail_after(0);
  auto started = try_start(options_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("the data plane cannot take backend 10.0.0.1"));
}

}  // namespace
}  // namespace ricochet

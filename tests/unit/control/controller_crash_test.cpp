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

constexpr struct {
  const char* name;
  TableOptions table;
} kVariants[] = {{"two_tables", kPaperTable},
                 {"distinct", kDistinctTable},
                 {"none", kPlainTable},
                 {"maglev", {.buckets = 64}}};

class CrashTest : public ControllerTest, public ::testing::WithParamInterface<size_t> {
 protected:
  static const TableOptions& table() { return kVariants[GetParam()].table; }

  static Configuration before() {
    return {
        .pools = {{"web", servers({1}, table())}, {"other", servers({3}, table())}},
        .services = {{service("10.0.10.0"), {"web"}}, {service("10.0.11.0:80-81/tcp"), {"other"}}},
        .neighbours = {{server(9), neighbour("p0", 9)}}};
  }
  static Configuration after() {
    return {.pools = {{"web", servers({1, 2}, table())}, {"new", servers({4}, table())}},
            .services = {{service("10.0.10.0"), {"new"}}, {service("10.0.12.0"), {"web"}}},
            .neighbours = {{server(1), neighbour("p0", 11)}}};
  }

  // A router with a history, on its own store and data plane.
  void prepare() {
    controller_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(store_path().string() + suffix);
    }
    dataplane_.reset();
    start(table());
    Configuration wanted = before();
    wanted.pools.at("web") = servers({5}, table());
    ASSERT_TRUE(become(wanted).changed);
    ASSERT_TRUE(become(before()).changed);
  }

  // Runs the command with the data plane failing after 0, 1, 2, ... calls, until it does not;
  // after each failure `recover` must lead to a consistent router.
  template <class Command, class Recover>
  void fail_everywhere(Command command, Recover recover) {
    for (size_t calls = 0;; ++calls) {
      prepare();
      dataplane_.fail_after(calls);
      const Outcome outcome = command();
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

TEST_P(CrashTest, ChangeThenRestart) {
  fail_everywhere([&] { return become(after()).outcome; },
                  [&] {
                    restart();
                    EXPECT_EQ(state()->configuration, after());
                  });
}

TEST_P(CrashTest, ChangeThenAnother) {
  fail_everywhere([&] { return become(after()).outcome; },
                  [&] {
                    Configuration wanted = after();
                    wanted.pools.at("web") = servers({6}, table());
                    EXPECT_TRUE(become(wanted).changed);
                  });
}

TEST_P(CrashTest, ChangeThenTheSame) {
  fail_everywhere([&] { return become(after()).outcome; },
                  [&] { EXPECT_TRUE(become(after()).outcome.ok()); });
}

TEST_P(CrashTest, ClearThenRestart) {
  fail_everywhere([&] { return controller_->clear(); },
                  [&] {
                    restart();
                    EXPECT_EQ(state()->configuration, Configuration{});
                  });
}

TEST_P(CrashTest, AChangeAfterAFailureDoesNotSkipIt) {
  prepare();
  dataplane_.fail_after(0);
  EXPECT_THAT(become(after()).outcome.message, HasSubstr("recorded but not wholly in force"));
  EXPECT_THAT(become(before()).outcome.message, HasSubstr("generation 3 is still not in force"));
  EXPECT_EQ(state()->generation, 3u);
  dataplane_.heal();
  EXPECT_TRUE(become(before()).changed);
  EXPECT_EQ(state()->generation, 4u);
  expect_consistent();
}

// Any history of changes: a daemon that starts has the state of the one that ran, and touches no
// table.
TEST_P(CrashTest, ARestartEqualsTheLiveController) {
  start(table());
  std::minstd_rand random(20240229);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  for (int round = 0; round < 300; ++round) {
    const char* pool = below(2) == 0 ? "web" : "other";
    const Address address = server(1 + below(6));
    const auto edit = [&](Configuration& configuration) {
      configuration.services[service("10.0.10.0")] = {.pool = pool, .options = {}};
      auto& backends =
          configuration.pools.try_emplace(pool, servers({}, table())).first->second.backends;
      std::erase_if(backends, [&](const Backend& backend) { return backend.address == address; });
      if (below(3) != 0) backends.push_back({.address = address, .weight = 1 + below(3)});
      return done({});
    };
    switch (below(8)) {
      case 0:
        network_.neighbours[address] = neighbour(below(2) == 0 ? "p1" : "p2", 7);
        controller_->observe(network_);
        break;
      case 1:
        network_.neighbours.erase(address);
        controller_->observe(network_);
        break;
      case 2:
        if (below(10) == 0) controller_->clear();
        break;
      default:
        controller_->change(edit, {.cause = "test", .shifts = below(2) == 0});
    }
    if (round % 20 != 0) continue;
    const auto live = state();
    const auto publishes = dataplane_.publishes;
    restart();
    expect_same_state(*state(), *live);
    EXPECT_EQ(dataplane_.publishes, publishes);
    expect_consistent();
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, CrashTest, ::testing::Range(size_t{0}, std::size(kVariants)),
                         [](const auto& test) { return std::string(kVariants[test.param].name); });

TEST_F(ControllerTest, RefusesToStartOnADataPlaneThatRefuses) {
  start(kDistinctTable);
  become({.pools = {{"web", servers({1})}}, .services = {}, .neighbours = {}});
  controller_.reset();
  dataplane_.fail_after(0);
  const auto started = try_start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("the data plane cannot take"));
  EXPECT_EQ(dataplane_.attached, 1) << "by the first one";
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <gmock/gmock.h>

#include "abi/ricochet.h"
#include "control/limits.h"
#include "controller_fixture.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Kind = Outcome::Kind;

static_assert(kNeighboursMax == RCH_NEIGHBOURS_MAX);

const ServiceKey kService = service("10.0.10.0");
const Route kFirst = route("10.0.10.0", "10.0.0.1");
const Route kSecond = route("10.0.10.0", "10.0.0.2");

TEST_F(ControllerTest, RoutesWaitForInstall) {
  Controller& controller = start(kPaperSettings);
  const Outcome queued = controller.add_route(kFirst);
  EXPECT_TRUE(queued.ok());
  EXPECT_EQ(queued.message, "Route: 10.0.10.0/32 to 10.0.0.1 enqueued");
  EXPECT_TRUE(dataplane_.services.empty());

  const Outcome installed = controller.install();
  EXPECT_EQ(installed.message, "Generation 1 installed: pools changed 1, buckets moved 1");
  EXPECT_EQ(dataplane_.live_buckets(0), (std::vector<Bucket>{{.owner = {1}}}));
  EXPECT_EQ(dataplane_.services, (std::map<ServiceKey, PoolIndex>{{kService, 0}}));
  EXPECT_TRUE(controller.snapshot().queue.empty());
  expect_consistent();
}

TEST_F(ControllerTest, NeighboursTakeEffectAtOnce) {
  Controller& controller = start(kPaperSettings);
  install_with({kFirst});
  EXPECT_FALSE(dataplane_.backends.at(1).neighbour);

  const Outcome added = controller.set_neighbour(server(1), neighbour(1, 1));
  EXPECT_EQ(added.message, "Neighbour: 10.0.0.1 at port 1 (p1) with 02:03:04:05:06:01 added");
  EXPECT_EQ(dataplane_.backends.at(1).neighbour, neighbour(1, 1));
  expect_consistent();

  EXPECT_TRUE(controller.set_neighbour(server(1), neighbour(2, 9)).ok());
  EXPECT_EQ(dataplane_.backends.at(1).neighbour, neighbour(2, 9));
  expect_consistent();

  EXPECT_EQ(controller.remove_neighbour(server(1)).message, "Neighbour: 10.0.0.1 deleted");
  EXPECT_FALSE(dataplane_.backends.at(1).neighbour);
  EXPECT_EQ(dataplane_.publishes.at(0), 1) << "no table changes for it";
  expect_consistent();
}

TEST_F(ControllerTest, WithTwoTablesEveryInstallShifts) {
  Controller& controller = start(kPaperSettings);
  install_with({kFirst});
  install_with({kSecond});
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 1}));
  EXPECT_TRUE(controller.install().ok());
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 2}));
  EXPECT_EQ(controller.snapshot().state.generation, 3u);
  expect_consistent();

  install_with({}, {kFirst, kSecond});
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{0, 2}));
  EXPECT_TRUE(controller.install().ok());
  EXPECT_TRUE(dataplane_.services.empty());
  EXPECT_TRUE(dataplane_.backends.empty());
  expect_consistent();
  EXPECT_EQ(controller.install().message, "Nothing changed: generation 5 stays");
}

TEST_F(ControllerTest, WithDistinctOwnersOnlyChangedPoolsArePublished) {
  Controller& controller = start(kDistinctSettings);
  install_with({kFirst, route("10.0.11.0", "10.0.0.1")});
  install_with({kSecond});
  EXPECT_EQ(dataplane_.publishes, (std::map<PoolIndex, int>{{0, 2}, {1, 1}}));

  controller.add_route(kSecond);  // is there already
  EXPECT_EQ(controller.install().message, "Nothing changed: generation 2 stays");
  EXPECT_TRUE(controller.snapshot().queue.empty());
  EXPECT_EQ(dataplane_.publishes, (std::map<PoolIndex, int>{{0, 2}, {1, 1}}));
  expect_consistent();
}

TEST_F(ControllerTest, WithDistinctOwnersADeletedServiceKeepsItsConnections) {
  start(kDistinctSettings);
  install_with({kFirst});
  install_with({}, {kFirst});
  EXPECT_EQ(dataplane_.live_buckets(0), (std::vector<Bucket>{{.owner = {0, 1}}}));
  EXPECT_TRUE(dataplane_.services.contains(kService));
  expect_consistent();
}

TEST_F(ControllerTest, WithoutHistoryADeletedServiceGoesAtOnce) {
  start(kPlainSettings);
  install_with({kFirst});
  install_with({}, {kFirst});
  EXPECT_TRUE(dataplane_.services.empty());
  EXPECT_EQ(dataplane_.pool_count(), 0u);
  expect_consistent();
}

TEST_F(ControllerTest, ClearForgetsEverything) {
  Controller& controller = start(kDistinctSettings);
  controller.set_neighbour(server(1), neighbour(1, 1));
  install_with({kFirst, connected("10.0.1.0/24")});
  install_with({kSecond}, {kFirst});
  controller.add_route(kFirst);

  EXPECT_EQ(controller.clear().message, "Cleared: no services, no neighbours");
  const Snapshot snapshot = controller.snapshot();
  EXPECT_TRUE(snapshot.state.pools.empty());
  EXPECT_TRUE(snapshot.state.backends.empty());
  EXPECT_TRUE(snapshot.neighbours.empty());
  EXPECT_TRUE(snapshot.queue.empty());
  expect_consistent();

  install_with({kSecond});
  EXPECT_EQ(dataplane_.live_buckets(0), (std::vector<Bucket>{{.owner = {1}}})) << "no old owners";
  expect_consistent();
}

TEST_F(ControllerTest, ClearOfNothingMakesNoGeneration) {
  Controller& controller = start(kDistinctSettings);
  controller.add_route(kFirst);
  controller.set_neighbour(server(1), neighbour(1, 1));
  EXPECT_TRUE(controller.clear().ok());
  EXPECT_EQ(controller.snapshot().state.generation, 0u);
  EXPECT_TRUE(controller.snapshot().queue.empty());
  EXPECT_TRUE(dataplane_.neighbours.empty());
  expect_consistent();
}

TEST_F(ControllerTest, ForgetsAnOwnerWithoutNeighbourFirstAlsoAfterARestart) {
  Controller& controller = start(kDistinctSettings);
  for (uint32_t number = 1; number <= 5; ++number) {
    controller.set_neighbour(server(number), neighbour(1, static_cast<uint8_t>(number)));
  }
  const auto of = [](uint32_t number) {
    return Route{.service = kService, .backend = {.address = server(number)}};
  };
  install_with({of(1)});
  for (uint32_t number = 2; number <= 4; ++number) install_with({of(number)}, {of(number - 1)});
  EXPECT_EQ(dataplane_.live_buckets(0).at(0).owner, (std::array<BackendId, 4>{4, 3, 2, 1}));
  controller.remove_neighbour(server(3));
  install_with({of(5)}, {of(4)});
  EXPECT_EQ(dataplane_.live_buckets(0).at(0).owner, (std::array<BackendId, 4>{5, 4, 2, 1}));
  controller.set_neighbour(server(3), neighbour(1, 3));
  expect_consistent();
}

TEST_F(ControllerTest, SaysWhenAnOwnerIsForgotten) {
  start(kDistinctSettings);
  for (uint32_t number = 1; number <= 5; ++number) {
    controller_->set_neighbour(server(number), neighbour(1, static_cast<uint8_t>(number)));
  }
  const auto replace = [&](uint32_t number) {
    return install_with({{.service = kService, .backend = {.address = server(number)}}},
                        {{.service = kService, .backend = {.address = server(number - 1)}}})
        .message;
  };
  for (uint32_t number = 1; number <= 3; ++number) replace(number);
  EXPECT_EQ(replace(4), "Generation 4 installed: pools changed 1, buckets moved 1");
  EXPECT_EQ(replace(5),
            "Generation 5 installed: pools changed 1, buckets moved 1, owners with connections "
            "forgotten 1");
}

TEST_F(ControllerTest, SettlesAfterEachPublish) {
  Controller& controller = start(
      ControllerOptions{.settings = kPaperSettings, .settle_duration = std::chrono::hours(1)});
  install_with({kFirst});
  EXPECT_TRUE(dataplane_.is_settling(0));

  // A daemon that died while a pool was settling: the next one ends it.
  start(ControllerOptions{.settings = kPaperSettings, .settle_duration = std::chrono::seconds(0)});
  EXPECT_TRUE(dataplane_.await_settled(0));
  install_with({kSecond});
  controller_->wait_until_settled();
  EXPECT_FALSE(dataplane_.is_settling(0));
}

// ---- refusals change nothing ----

class RefusalTest : public ControllerTest {
 protected:
  void expect_refused(const Outcome& outcome, Kind kind, const char* reason) {
    EXPECT_EQ(outcome.kind, kind) << outcome.message;
    EXPECT_THAT(outcome.message, HasSubstr(reason));
    const Snapshot after = controller_->snapshot();
    expect_same_state(after.state, before_.state);
    EXPECT_EQ(after.neighbours, before_.neighbours);
    EXPECT_EQ(after.queue.additions().size(), before_.queue.additions().size());
    EXPECT_EQ(after.queue.removals().size(), before_.queue.removals().size());
    expect_consistent();
  }

  void remember() { before_ = controller_->snapshot(); }

  Snapshot before_;
};

TEST_F(RefusalTest, OfCommands) {
  Controller& controller = start(kDistinctSettings);
  controller.set_neighbour(server(1), neighbour(1, 1));
  install_with({kFirst});
  controller.add_route(kSecond);
  controller.remove_route(kFirst);
  remember();

  expect_refused(controller.add_route(kSecond), Kind::refused, "already queued");
  expect_refused(controller.remove_route(kFirst), Kind::refused, "already queued");
  expect_refused(controller.add_route(route("10.0.10.0", "10.0.0.3", 0)), Kind::refused, "weight");
  expect_refused(controller.set_neighbour(server(2), neighbour(5, 2)), Kind::refused,
                 "There is no port 5: --ports names 5, counted from 0");
  expect_refused(controller.set_neighbour(ip("0.0.0.0"), neighbour(1, 2)), Kind::refused,
                 "not the address of a machine");
  expect_refused(controller.set_neighbour(ip("224.0.0.1"), neighbour(1, 2)), Kind::refused,
                 "not the address of a machine");
  expect_refused(controller.remove_neighbour(server(2)), Kind::not_found, "10.0.0.2 is not known");
}

TEST_F(RefusalTest, OfMoreBucketsThanTheDataPlaneHas) {
  Controller& controller =
      start(ControllerOptions{.settings = kDistinctSettings, .bucket_capacity = 32});
  ASSERT_TRUE(install_with({kFirst, kSecond}).ok());  // 8 buckets
  ASSERT_TRUE(controller.add_route(route("10.0.11.0", "10.0.0.1")).ok());
  ASSERT_TRUE(controller.add_route(route("10.0.11.0", "10.0.0.2")).ok());
  ASSERT_TRUE(controller.install().ok());  // 8 more while 8 of them change
  for (uint32_t number = 3; number <= 5; ++number) {
    controller.add_route({.service = kService, .backend = {.address = server(number)}});
  }
  remember();
  expect_refused(controller.install(), Kind::refused, "the tables need 72 buckets");
}

TEST_F(RefusalTest, OfARecordThatTheStoreCannotTake) {
  Controller& controller = start(kDistinctSettings);
  controller.set_neighbour(server(1), neighbour(1, 1));
  install_with({kFirst});
  controller.add_route(kSecond);
  remember();
  const auto sql = [&](const char* text) {
    ASSERT_TRUE(Database::open(store_path())->execute(text));
  };
  sql("ALTER TABLE generations RENAME TO hidden");
  sql("ALTER TABLE neighbours RENAME TO hidden_neighbours");
  const Outcome installed = controller.install();
  const Outcome cleared = controller.clear();
  const Outcome added = controller.set_neighbour(server(2), neighbour(1, 2));
  const Outcome removed = controller.remove_neighbour(server(1));
  sql("ALTER TABLE hidden RENAME TO generations");
  sql("ALTER TABLE hidden_neighbours RENAME TO neighbours");

  expect_refused(installed, Kind::failed, "Nothing changed: cannot write");
  expect_refused(cleared, Kind::failed, "Nothing changed: cannot write");
  expect_refused(added, Kind::failed, "Nothing changed: cannot write");
  expect_refused(removed, Kind::failed, "Neighbour: 10.0.0.1 stays: cannot write");
}

}  // namespace
}  // namespace ricochet

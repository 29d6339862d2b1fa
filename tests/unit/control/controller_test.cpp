// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <gmock/gmock.h>

#include "controller_fixture.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Outcome::Kind;

TEST_F(ControllerTest, AChangeIsOneGenerationInForce) {
  Controller& controller = start(kDistinctTable);
  EXPECT_EQ(dataplane_.attached, 1);
  const ChangeReport report = become(web({1, 2}));
  EXPECT_EQ(report.outcome.message,
            "Generation 1 installed: pools changed 1, buckets moved 8, owners evicted 0");
  EXPECT_TRUE(report.changed);
  EXPECT_EQ(report.generation, 1u);
  EXPECT_EQ(report.cost.buckets_moved, 8u);
  EXPECT_EQ(dataplane_.live_buckets(0).size(), 8u);
  EXPECT_EQ(dataplane_.services,
            (std::map<ServiceKey, ServiceTarget>{{kService, {.pool = 0, .options = {}}}}));
  expect_consistent();

  const auto log = controller.log(10);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->front().cause, "test");
  EXPECT_GT(log->front().time_ms, 0);
  EXPECT_EQ(log->front().cost, report.cost);
}

TEST_F(ControllerTest, ADryRunSaysTheSameAndChangesNothing) {
  start(kDistinctTable);
  become(web({1}));
  const ChangeReport dry = become(web({1, 2}), {.cause = "test", .dry_run = true});
  EXPECT_EQ(dry.outcome.message,
            "Generation 2 would be installed: pools changed 1, buckets moved 4, owners evicted 0");
  EXPECT_EQ(state()->generation, 1u);
  EXPECT_EQ(dataplane_.publishes.at(0), 1);
  expect_consistent();
  const ChangeReport real = become(web({1, 2}));
  EXPECT_EQ(real.cost, dry.cost);
  EXPECT_EQ(real.costs, dry.costs);
  EXPECT_EQ(real.difference, dry.difference);
}

TEST_F(ControllerTest, AChangeOfNothingIsNoGeneration) {
  start(kDistinctTable);
  become(web({1}));
  const ChangeReport report = become(web({1}));
  EXPECT_EQ(report.outcome.message, "Nothing changed: generation 1 stays");
  EXPECT_FALSE(report.changed);
  EXPECT_EQ(report.generation, 1u);
}

TEST_F(ControllerTest, OnlyChangedPoolsArePublished) {
  start(kDistinctTable);
  Configuration wanted = web({1});
  wanted.pools["other"] = servers({1}, kDistinctTable);
  become(wanted);
  wanted.pools.at("web") = servers({1, 2}, kDistinctTable);
  become(wanted);
  EXPECT_EQ(dataplane_.publishes, (std::map<PoolIndex, int>{{0, 1}, {1, 2}}));
  expect_consistent();
}

TEST_F(ControllerTest, AChangeMeantForAnotherGenerationIsAConflict) {
  start(kDistinctTable);
  become(web({1}));
  const auto late = become(web({2}), {.cause = "test", .expected_generation = 0});
  EXPECT_EQ(late.outcome.kind, Kind::conflict);
  EXPECT_THAT(late.outcome.message, HasSubstr("generation 1 is in force, not 0"));
  EXPECT_EQ(state()->configuration, web({1}));
  EXPECT_TRUE(become(web({2}), {.cause = "test", .expected_generation = 1}).changed);
}

TEST_F(ControllerTest, WarnsOfOwnersThatABucketForgets) {
  start(kDistinctTable);
  for (uint32_t number = 1; number <= 4; ++number) {
    EXPECT_TRUE(become(web({number})).warnings.empty());
  }
  const ChangeReport fifth = become(web({5}), {.cause = "test", .dry_run = true});
  EXPECT_EQ(fifth.cost.history_evicted_live, 1u);
  EXPECT_THAT(fifth.warnings, ElementsAre(HasSubstr("forget 1 owners")));
  EXPECT_EQ(become({}).warnings.size(), 1u) << "a pool that goes takes its owners along";
}

TEST_F(ControllerTest, WarnsOfABackendWithoutAgentThatGetsBuckets) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  wanted.pools.at("web").backends[1].agent = AgentUse::none;
  EXPECT_THAT(become(wanted).warnings, ElementsAre(HasSubstr("without an agent")));
  EXPECT_FALSE(dataplane_.backends.at(2).has_agent);
  expect_consistent();
}

TEST_F(ControllerTest, WarnsOfFlowsThatGoElsewhere) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2});
  ASSERT_TRUE(become(wanted).warnings.empty());
  for (auto& [key, service] : wanted.services) service.options.affinity = Affinity::source;
  EXPECT_THAT(become(wanted).warnings,
              ElementsAre(HasSubstr("connections of 10.0.10.0:80/tcp break")));
  for (auto& [key, service] : wanted.services) service.options.keep_flows = true;
  EXPECT_TRUE(become(wanted).warnings.empty());
}

TEST_F(ControllerTest, DeadBackendsAreSkippedAtOnce) {
  start(kDistinctTable);
  become(web({1, 2}));
  Configuration wanted = web({1, 2});
  wanted.pools.at("web").backends[0].state = BackendState::dead;
  become(wanted);
  EXPECT_FALSE(dataplane_.backends.at(1).nexthop);
  EXPECT_EQ(dataplane_.live_buckets(0)[0].owner, (std::array<BackendId, 4>{2, 1}));
  expect_consistent();
}

TEST_F(ControllerTest, BeforeTheStartADryRunTouchesNothing) {
  auto store = GenerationStore::open(store_path(), 0);
  ASSERT_TRUE(store);
  Controller controller(*std::move(store), {}, dataplane_, {});
  const auto seed = [](const Configuration& wanted) -> Edit {
    return [wanted](Configuration& configuration) {
      configuration = wanted;
      return done({});
    };
  };
  const ChangeOptions dry_run{.cause = "test", .dry_run = true};
  EXPECT_TRUE(controller.change(seed(web({1})), dry_run).changed);
  Configuration wrong = web({1});
  wrong.neighbours[server(1)] = neighbour("eth9", 1);
  const Outcome port = controller.change(seed(wrong), dry_run).outcome;
  EXPECT_EQ(port.kind, Kind::refused);
  EXPECT_THAT(port.where, ElementsAre("neighbours", "10.0.0.1", "interface"));
  dataplane_.capacity_buckets = 1;
  const Outcome memory = controller.change(seed(web({1})), dry_run).outcome;
  EXPECT_THAT(memory.message, HasSubstr("table_memory_mib"));
  EXPECT_EQ(dataplane_.attached, 0);
  EXPECT_EQ(dataplane_.pool_count(), 0u);
  EXPECT_EQ(controller.view().state->generation, 0u);
}

// ---- the paper's routes ----

TEST_F(ControllerTest, RoutesWaitForInstall) {
  Controller& controller = start(kPaperTable);
  const Outcome queued = controller.add_route(route("10.0.10.0", "10.0.0.1"));
  EXPECT_EQ(queued.message, "Route: 10.0.10.0/32 to 10.0.0.1 enqueued");
  EXPECT_TRUE(dataplane_.services.empty());
  EXPECT_TRUE(controller.install().ok());
  EXPECT_EQ(dataplane_.live_buckets(0), (std::vector<Bucket>{{.owner = {1}}}));
  EXPECT_TRUE(controller.view().queue.empty());
  expect_consistent();
}

TEST_F(ControllerTest, WithTwoTablesEveryInstallShiftsAndNothingElseDoes) {
  Controller& controller = start(kPaperTable);
  const Route first = route("10.0.10.0", "10.0.0.1");
  const Route second = route("10.0.10.0", "10.0.0.2");
  install_with({first});
  install_with({second});
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 1}));
  observe({1});
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 1}));
  EXPECT_TRUE(controller.install().ok());
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{2, 2}));
  expect_consistent();

  install_with({}, {first, second});
  EXPECT_EQ(dataplane_.live_buckets(0)[1].owner, (std::array<BackendId, 4>{0, 2}));
  EXPECT_TRUE(controller.install().ok());
  EXPECT_EQ(dataplane_.pool_count(), 0u);
  EXPECT_TRUE(dataplane_.backends.empty());
  expect_consistent();
}

TEST_F(ControllerTest, ClearForgetsEverything) {
  Controller& controller = start(kDistinctTable);
  Configuration wanted = web({1});
  wanted.neighbours[server(1)] = neighbour("p1", 1);
  become(wanted);
  become(web({2}));
  controller.add_route(route("10.0.10.0", "10.0.0.1"));
  EXPECT_EQ(controller.clear().message, "Cleared: no services, no pools, no neighbours");
  EXPECT_EQ(state()->configuration, Configuration{});
  EXPECT_TRUE(state()->backends.empty());
  EXPECT_TRUE(controller.view().queue.empty());
  expect_consistent();

  become(web({2}));
  EXPECT_EQ(dataplane_.live_buckets(0), (std::vector<Bucket>{{.owner = {1}}})) << "no old owners";
  expect_consistent();
}

TEST_F(ControllerTest, SettlesAfterEachPublish) {
  start(ControllerOptions{.table = kPaperTable, .settle_duration = std::chrono::hours(1)});
  become(web({1}));
  EXPECT_TRUE(dataplane_.is_settling(0));

  // A daemon that died while a pool was settling: the next one ends it.
  start(ControllerOptions{.table = kPaperTable, .settle_duration = std::chrono::seconds(0)});
  EXPECT_TRUE(dataplane_.await_settled(0));
  become(web({2}));
  controller_->wait_until_settled();
  EXPECT_FALSE(dataplane_.is_settling(0));
}

// ---- refusals change nothing ----

class RefusalTest : public ControllerTest {
 protected:
  void expect_refused(const Outcome& outcome, Kind kind, const char* reason) {
    EXPECT_EQ(outcome.kind, kind) << outcome.message;
    EXPECT_THAT(outcome.message, HasSubstr(reason));
    EXPECT_EQ(state(), before_.state);
    const RouteQueue queue = controller_->view().queue;
    EXPECT_EQ(queue.additions().size(), before_.queue.additions().size());
    EXPECT_EQ(queue.removals().size(), before_.queue.removals().size());
    expect_consistent();
  }

  void remember() { before_ = controller_->view(); }

  View before_;
};

TEST_F(RefusalTest, OfWhatIsWrong) {
  Controller& controller = start(kDistinctTable);
  become(web({1}));
  controller.add_route(route("10.0.10.0", "10.0.0.2"));
  remember();
  expect_refused(controller.add_route(route("10.0.10.0", "10.0.0.2")), Kind::refused, "already");

  Configuration wanted = web({1});
  wanted.pools.at("web").backends[0].weight = 0;
  const Outcome weight = become(wanted).outcome;
  expect_refused(weight, Kind::refused, "weight 0");
  EXPECT_THAT(weight.where, ElementsAre("pools", "web", "backends", "10.0.0.1", "weight"));

  wanted = web({1});
  wanted.neighbours[server(1)] = neighbour("eth9", 1);
  const Outcome port = become(wanted).outcome;
  expect_refused(port, Kind::refused, "eth9 is no port of this router, which has p0, p1");
  EXPECT_THAT(port.where, ElementsAre("neighbours", "10.0.0.1", "interface"));

  const auto edit = [](Configuration& configuration) {
    configuration.pools.clear();
    return not_found("no such thing");
  };
  expect_refused(controller.change(edit, {.cause = "test"}).outcome, Kind::not_found, "no such");
}

TEST_F(RefusalTest, OfMoreBucketsThanTheDataPlaneHas) {
  dataplane_.capacity_buckets = 32;
  start(kDistinctTable);
  Configuration wanted = web({1, 2});  // 8 buckets
  ASSERT_TRUE(become(wanted).changed);
  wanted.pools["other"] = servers({1, 2}, kDistinctTable);  // 8 more while 8 of them change
  ASSERT_TRUE(become(wanted).changed);
  wanted.pools.at("web") = servers({1, 2, 3, 4, 5}, kDistinctTable);
  remember();
  expect_refused(become(wanted).outcome, Kind::refused, "table_memory_mib");
}

TEST_F(RefusalTest, OfWhatLeavesNoRoomForTheNetwork) {
  dataplane_.capacity_buckets = 33;
  start(kDistinctTable);
  Configuration wanted = web({1, 2, 3});  // 16 buckets and 16 to write them anew
  ASSERT_TRUE(become(wanted).changed);
  wanted.pools["other"] = servers({1}, kDistinctTable);  // would fit, and web could change no more
  remember();
  expect_refused(become(wanted).outcome, Kind::refused, "table_memory_mib");
}

TEST_F(ControllerTest, ShrinksWhatIsTooLargeSinceTheStart) {
  start(kDistinctTable);
  Configuration wanted = web({1, 2, 3});  // 16 buckets
  wanted.pools["other"] = servers({1, 2, 3}, kDistinctTable);
  wanted.pools["third"] = servers({1}, kDistinctTable);
  ASSERT_TRUE(become(wanted).changed);
  dataplane_.capacity_buckets = 42;  // in use are 33, and to write a large one anew takes 49
  restart();
  wanted.pools.erase("third");
  EXPECT_TRUE(become(wanted).changed);
}

TEST_F(RefusalTest, OfARecordThatTheStoreCannotTake) {
  Controller& controller = start(kDistinctTable);
  become(web({1}));
  remember();
  hide_log();
  const Outcome changed = become(web({2})).outcome;
  const Outcome cleared = controller.clear();
  show_log();
  expect_refused(changed, Kind::failed, "Nothing changed: cannot write");
  expect_refused(cleared, Kind::failed, "Nothing changed: cannot write");
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// A start over what an earlier one left: maps of the same layout are taken over, tables of another
// are made anew without a gap, counters of another are not lost without being asked.
#include <bpf/libbpf.h>
#include <gmock/gmock.h>

#include <set>

#include "abi/ricochet.h"
#include "dataplane/agent.h"
#include "dataplane/bpf_map.h"
#include "dataplane/status.h"
#include "dataplane_scene.h"
#include "xdp_run.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::set<std::string> kTables = {"services", "prefixes",   "pools",        "buckets",
                                       "backends", "neighbours", "backend_macs", "backend_ports"};
const std::set<std::string> kCounters = {"backend_traffic", "router_counters"};

const ServiceKey kService{.prefix = *Prefix::parse("10.0.10.0/32")};
const Address kBackend = *Address::parse("10.0.0.1");
const NextHop kNextHop{.port = 0, .mac = *MacAddress::parse("02:03:04:05:06:01")};
constexpr test::Endpoint kClient{.address = test::ipv4(10, 0, 99, 1), .port = 40000};

class MigrationTest : public test::DataplaneScene {
 protected:
  // One service with one backend at port 0.
  static void fill(RouterDataplane& router) {
    ASSERT_TRUE(router.set_backend(1, {.address = kBackend, .nexthop = kNextHop}));
    ASSERT_TRUE(router.publish(0, std::vector<Bucket>(8, Bucket{{1, 0, 0, 0}}), {}));
    ASSERT_TRUE(router.set_service(kService, {.pool = 0, .options = {}}));
  }

  // Fills a first router and attaches it; it forwards, and its daemon is gone.
  void leave_a_router() {
    const auto router = open();
    ASSERT_TRUE(router);
    fill(*router);
    ASSERT_TRUE(router->attach());
    ASSERT_TRUE(forwards());
  }

  // Whether the attached program sends a packet to the service on, and not to the kernel.
  [[nodiscard]] bool forwards() const {
    const auto packet = test::Packet::tcp(kClient, {test::kServiceAddress, 80});
    const auto result = test::run_xdp(program("lo").get(), packet.bytes(), test::kLoopbackIfindex);
    return result.action == XDP_TX;
  }

  [[nodiscard]] std::map<std::string, uint32_t> ids(const std::set<std::string>& maps) const {
    std::map<std::string, uint32_t> all;
    for (const std::string& map : maps) all[map] = map_id(map);
    return all;
  }

  [[nodiscard]] uint64_t packets() const {
    const auto status = read_status(options_.state_dir);
    return status && !status->backends.empty() ? status->backends[0].packets : 0;
  }

  // As a version with another layout would have left it: twice the entries, else the same.
  void pin_other_layout(const std::string& map) const {
    const bpf_map_info now = map_info(map);
    LIBBPF_OPTS(bpf_map_create_opts, flags, .map_flags = now.map_flags);
    const Fd other(bpf_map_create(static_cast<bpf_map_type>(now.type), map.c_str(), now.key_size,
                                  now.value_size, now.max_entries * 2, &flags));
    ASSERT_TRUE(other.valid());
    fs::remove(state().pin(map));
    ASSERT_EQ(bpf_obj_pin(other.get(), state().pin(map).c_str()), 0);
  }
};

TEST_F(MigrationTest, TheSameLayoutIsTakenOver) {
  leave_a_router();
  const auto tables = ids(kTables);
  const auto counters = ids(kCounters);
  const bpf_link_info link = link_info("lo");
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_TRUE(forwards());
  EXPECT_EQ(ids(kTables), tables);
  EXPECT_EQ(ids(kCounters), counters);
  EXPECT_EQ(link_info("lo").id, link.id);
  EXPECT_NE(link_info("lo").prog_id, link.prog_id);
}

TEST_F(MigrationTest, OpenAloneAttachesAndPinsNothing) {
  { ASSERT_TRUE(open()); }
  EXPECT_FALSE(StateDir::open(options_.state_dir)) << "a bpffs stays behind";

  leave_a_router();
  const auto tables = ids(kTables);
  const bpf_link_info link = link_info("lo");
  options_.table_memory_mib = 2;
  { ASSERT_TRUE(open()); }
  EXPECT_EQ(ids(kTables), tables);
  EXPECT_EQ(link_info("lo").prog_id, link.prog_id);
  EXPECT_TRUE(forwards());
}

TEST_F(MigrationTest, OtherTableMemoryTakesOverWithoutAGap) {
  leave_a_router();
  const auto tables = ids(kTables);
  const auto counters = ids(kCounters);
  const bpf_link_info link = link_info("lo");
  options_.table_memory_mib = 2;

  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_TRUE(forwards()) << "the old program, before its successor's tables are filled";
  EXPECT_THAT(router->live_services(), IsEmpty());
  fill(*router);
  EXPECT_TRUE(forwards());
  EXPECT_EQ(link_info("lo").prog_id, link.prog_id);
  ASSERT_TRUE(router->attach());

  EXPECT_TRUE(forwards());
  EXPECT_EQ(link_info("lo").id, link.id) << "the program was not replaced by its link";
  EXPECT_NE(link_info("lo").prog_id, link.prog_id);
  EXPECT_EQ(map_info("buckets").max_entries, 2u << 17);
  for (const auto& [map, id] : ids(kTables)) EXPECT_NE(id, tables.at(map)) << map;
  EXPECT_EQ(ids(kCounters), counters);
  EXPECT_EQ(packets(), 4) << "traffic counters of the same backend";
  EXPECT_FALSE(fs::exists(state().new_pin("")));
}

TEST_F(MigrationTest, ASlotThatBecomesAnotherBackendCountsFromZero) {
  leave_a_router();
  const auto router = open();
  ASSERT_TRUE(router);
  fill(*router);
  ASSERT_TRUE(router->attach());
  EXPECT_EQ(packets(), 1);
  const auto other = *Address::parse("10.0.0.2");
  ASSERT_TRUE(router->set_backend(1, {.address = other, .nexthop = kNextHop}));
  EXPECT_EQ(packets(), 0);
}

TEST_F(MigrationTest, OneOtherTableMakesAllTablesNew) {
  leave_a_router();
  pin_other_layout("services");
  const auto tables = ids(kTables);
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->live_buckets(0), IsEmpty());
  fill(*router);
  ASSERT_TRUE(router->attach());
  EXPECT_TRUE(forwards());
  for (const auto& [map, id] : ids(kTables)) EXPECT_NE(id, tables.at(map)) << map;
}

TEST_F(MigrationTest, CountersAreNotLostWithoutBeingAsked) {
  leave_a_router();
  pin_other_layout("router_counters");
  pin_other_layout("backend_traffic");
  const bpf_link_info link = link_info("lo");
  const auto refused = RouterDataplane::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("the packet counters of the router's verdicts (router_counters)"),
                    HasSubstr("the packets and bytes of each backend (backend_traffic)"),
                    HasSubstr("--allow-loss")));
  EXPECT_EQ(link_info("lo").prog_id, link.prog_id);
  EXPECT_TRUE(forwards());

  options_.allow_loss = true;
  ASSERT_TRUE(open_and_attach());
  EXPECT_TRUE(forwards()) << "the tables were taken over";
  EXPECT_EQ(map_info("router_counters").max_entries, uint32_t{RCH_ROUTER_COUNTERS});
  options_.allow_loss = false;
  EXPECT_TRUE(open());
}

TEST_F(MigrationTest, TheTapIsNoReasonToRefuse) {
  leave_a_router();
  for (const char* map : {"tap_filter", "tap_lost", "tap_scratch"}) pin_other_layout(map);
  const auto tables = ids(kTables);
  ASSERT_TRUE(open_and_attach());
  EXPECT_EQ(map_info("tap_filter").max_entries, 1);
  EXPECT_EQ(ids(kTables), tables);
}

TEST_F(MigrationTest, PinsOfAnInterruptedStartAreRemoved) {
  leave_a_router();
  const auto tables = ids(kTables);
  ASSERT_TRUE(state().begin_pins());
  const Fd leftover(bpf_map_create(BPF_MAP_TYPE_ARRAY, "leftover", 4, 4, 1, nullptr));
  ASSERT_EQ(bpf_obj_pin(leftover.get(), state().new_pin("services").c_str()), 0);
  options_.table_memory_mib = 2;
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_FALSE(fs::exists(state().new_pin("")));
  EXPECT_EQ(ids(kTables), tables);
  fill(*router);
  ASSERT_TRUE(router->attach());
  EXPECT_TRUE(forwards());
}

// Killed after the link was updated and before the pins were replaced: the program that runs reads
// maps that are not pinned.
TEST_F(MigrationTest, AStartThatWasKilledBeforeItPinnedIsTakenOver) {
  leave_a_router();
  std::map<std::string, Fd> old;
  for (const auto& entry : fs::directory_iterator(state().pin("").parent_path())) {
    old[entry.path().filename()] = Fd(bpf_obj_get(entry.path().c_str()));
  }
  options_.table_memory_mib = 2;
  {
    const auto router = open();
    ASSERT_TRUE(router);
    fill(*router);
    ASSERT_TRUE(router->attach());
  }
  ASSERT_TRUE(state().begin_pins());
  for (const auto& [map, fd] : old) {
    ASSERT_EQ(bpf_obj_pin(fd.get(), state().new_pin(map).c_str()), 0);
  }
  ASSERT_TRUE(state().commit_pins());

  const uint32_t link = link_info("lo").id;
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_TRUE(forwards());
  fill(*router);
  EXPECT_TRUE(forwards());
  ASSERT_TRUE(router->attach());
  EXPECT_TRUE(forwards());
  EXPECT_EQ(link_info("lo").id, link);
  EXPECT_EQ(map_info("buckets").max_entries, 2u << 17);
}

TEST_F(MigrationTest, AnotherProgramsStateIsRefused) {
  leave_a_router();
  const auto agent = AgentDataplane::open({.interface = "lo", .state_dir = options_.state_dir});
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message, HasSubstr("is the state of another program"));
  EXPECT_TRUE(forwards());
}

class AgentMigrationTest : public MigrationTest {
 protected:
  Result<std::unique_ptr<AgentDataplane>> open_agent(bool allow_loss = false) {
    return AgentDataplane::open(
        {.interface = "lo", .state_dir = options_.state_dir, .allow_loss = allow_loss});
  }

  void leave_an_agent() {
    const auto agent = open_agent();
    ASSERT_TRUE(agent) << agent.error().message;
    ASSERT_TRUE((*agent)->guard({kGuarded}));
    ASSERT_TRUE((*agent)->attach());
    ASSERT_TRUE(guards());
  }

  // Whether the attached program sends a packet of nobody's back.
  [[nodiscard]] bool guards() const { return forwards(); }

  const Address kGuarded = *Address::parse("10.0.10.0");
};

TEST_F(AgentMigrationTest, TheSameLayoutIsTakenOver) {
  leave_an_agent();
  const std::set<std::string> maps = {"guarded_addresses", "bounce_budgets", "agent_counters"};
  const auto before = ids(maps);
  const bpf_link_info link = link_info("lo");
  const auto agent = open_agent();
  ASSERT_TRUE(agent);
  ASSERT_TRUE((*agent)->attach());
  EXPECT_TRUE(guards());
  EXPECT_EQ(ids(maps), before);
  EXPECT_EQ(link_info("lo").id, link.id);
  EXPECT_NE(link_info("lo").prog_id, link.prog_id);
}

TEST_F(AgentMigrationTest, OtherTablesTakeOverWithoutAGap) {
  leave_an_agent();
  pin_other_layout("guarded_addresses");
  const uint32_t counters = map_id("agent_counters");
  const auto agent = open_agent();
  ASSERT_TRUE(agent);
  ASSERT_TRUE((*agent)->guard({kGuarded}));
  EXPECT_TRUE(guards());
  ASSERT_TRUE((*agent)->attach());
  EXPECT_TRUE(guards());
  EXPECT_EQ(map_info("guarded_addresses").max_entries, uint32_t{RCH_GUARDED_SETS});
  EXPECT_EQ(map_id("agent_counters"), counters);
}

TEST_F(AgentMigrationTest, CountersAreNotLostWithoutBeingAsked) {
  leave_an_agent();
  pin_other_layout("agent_counters");
  const auto refused = open_agent();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("the packet counters of the agent's verdicts (agent_counters)"));
  const auto agent = open_agent(true);
  ASSERT_TRUE(agent);
  ASSERT_TRUE((*agent)->attach());
  EXPECT_TRUE(guards());
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// RouterDataplane on the real kernel: what it pins, publishes, adopts and removes.
#include "dataplane/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dataplane/grace_period.h"
#include "dataplane/state_dir.h"
#include "dataplane/status.h"
#include "dataplane_scene.h"
#include "util/capabilities.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

using RouterDataplaneTest = test::DataplaneScene;

Bucket bucket(BackendId current, BackendId previous = 0) {
  return {{current, previous, 0, 0}};
}

std::vector<Bucket> table(size_t count, BackendId owner) {
  return std::vector<Bucket>(count, bucket(owner));
}

TEST_F(RouterDataplaneTest, PublishesTablesAndReadsThemBack) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->live_buckets(0), IsEmpty());
  ASSERT_TRUE(router->publish(0, table(8, 1), {}));
  ASSERT_TRUE(router->publish(1, table(1, 2), {.mark = MarkMode::ecmp_er, .history = false}));
  EXPECT_EQ(router->live_buckets(0), table(8, 1));
  EXPECT_EQ(router->live_buckets(1), table(1, 2));
  ASSERT_TRUE(router->remove_pool(0));
  EXPECT_THAT(router->live_buckets(0), IsEmpty());
  EXPECT_EQ(router->live_buckets(1), table(1, 2));
}

TEST_F(RouterDataplaneTest, GivesOldTablesBack) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  constexpr size_t kThird = 1 << 15;
  for (BackendId id = 1; id <= 9; ++id) {
    const auto published = router->publish(0, table(kThird, id), {});
    ASSERT_TRUE(published) << published.error().message;
  }
  EXPECT_EQ(router->live_buckets(0), table(kThird, 9));
}

TEST_F(RouterDataplaneTest, TellsWhatTheTablesTake) {
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_EQ(router->table_memory().capacity_buckets, (1u << 20) / sizeof(Bucket));
  EXPECT_EQ(router->table_memory().used_buckets, 0u);
  ASSERT_TRUE(router->publish(0, table(8, 1), {}));
  ASSERT_TRUE(router->publish(3, table(16, 1), {}));
  EXPECT_EQ(router->table_memory().used_buckets, 24u);
}

TEST_F(RouterDataplaneTest, KeepsTheOldTableWhenThereIsNoRoom) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  constexpr size_t kHalf = 1 << 16;  // of 1 MiB; bucket 0 is nobody's
  ASSERT_TRUE(router->publish(0, table(kHalf, 1), {}));
  const auto published = router->publish(0, table(kHalf, 2), {});
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().message, HasSubstr("no room"));
  EXPECT_EQ(router->live_buckets(0), table(kHalf, 1));
}

TEST_F(RouterDataplaneTest, MovesTablesThatAreInTheWayOfALargeOne) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  constexpr size_t kQuarter = 1 << 15;  // of 1 MiB; bucket 0 is nobody's
  constexpr TableFlags kFlags{.mark = MarkMode::ecmp_er, .history = false};
  for (PoolIndex pool = 0; pool < 3; ++pool) {
    ASSERT_TRUE(router->publish(pool, table(kQuarter, 1), {}));
  }
  ASSERT_TRUE(router->publish(3, table(8, 3), kFlags));
  ASSERT_TRUE(router->publish(4, table(kQuarter / 2, 4), {}));
  ASSERT_TRUE(router->remove_pool(1));  // a quarter and an eighth are free, but not in one piece
  ASSERT_TRUE(router->publish(5, table(kQuarter / 4, 5), {}));
  const auto published = router->publish(0, table(kQuarter, 2), {});
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(router->live_buckets(0), table(kQuarter, 2));
  EXPECT_EQ(router->live_buckets(2), table(kQuarter, 1));
  EXPECT_EQ(router->live_buckets(3), table(8, 3));
  EXPECT_EQ(router->live_flags(3), kFlags);
  EXPECT_EQ(router->live_buckets(4), table(kQuarter / 2, 4));
  EXPECT_EQ(router->live_buckets(5), table(kQuarter / 4, 5));
  EXPECT_EQ(router->table_memory().used_buckets, 2 * kQuarter + kQuarter / 4 * 3 + 8);
}

TEST_F(RouterDataplaneTest, AdoptsWhatAnEarlierDaemonLeft) {
  const ServiceKey service{
      .prefix = *Prefix::parse("10.0.10.0/32"), .port = 80, .protocol = Protocol::tcp};
  const ServiceKey prefix{.prefix = *Prefix::parse("10.0.1.0/24")};
  {
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    ASSERT_TRUE(router->publish(0, table(8, 1), {}));
    ASSERT_TRUE(router->set_service(service, {.pool = 0, .options = {}}));
    ASSERT_TRUE(router->set_service(prefix, {.pool = 0, .options = {}}));
  }
  // No daemon runs; the program is still there.
  const auto status = read_status(options_.state_dir);
  ASSERT_TRUE(status);
  EXPECT_THAT(status->links, SizeIs(1));

  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_EQ(router->live_buckets(0), table(8, 1));
  EXPECT_THAT(router->live_services(), ElementsAre(prefix, service));
  ASSERT_TRUE(router->publish(0, table(8, 2), {}));
  ASSERT_TRUE(router->remove_service(service));
  EXPECT_THAT(router->live_services(), ElementsAre(prefix));
}

TEST_F(RouterDataplaneTest, HoldsServicesAndNeighboursOfIpv6) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const auto key = [](const char* text) { return *parse_service_key(text); };
  const std::array services = {key("2001:db8::1"), key("[2001:db8::2]:80/tcp"),
                               key("2001:db8:1::/48"), key("10.0.10.0:80/tcp"), key("::/0")};
  for (const ServiceKey& service : services)
    ASSERT_TRUE(router->set_service(service, {.pool = 3, .options = {}}));
  EXPECT_THAT(router->live_services(), UnorderedElementsAreArray(services));
  const Address host = *Address::parse("2001:db8::9");
  ASSERT_TRUE(
      router->set_neighbour(host, {.port = 0, .mac = *MacAddress::parse("02:00:00:00:00:09")}));
  EXPECT_THAT(router->live_neighbours(), ElementsAre(host));
  ASSERT_TRUE(router->set_backend(1, {.address = host, .nexthop = std::nullopt}));
  EXPECT_THAT(router->live_backends(), ElementsAre(1));
  EXPECT_EQ(read_status(options_.state_dir)->backends.front().address, "2001:db8::9");

  for (const ServiceKey& service : services) ASSERT_TRUE(router->remove_service(service));
  EXPECT_THAT(router->live_services(), IsEmpty());
  ASSERT_TRUE(router->remove_neighbour(host));
  EXPECT_THAT(router->live_neighbours(), IsEmpty());
}

TEST_F(RouterDataplaneTest, RefusesAnInterfaceThatIsTaken) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  RouterOptions other = options_;
  other.state_dir += "-other";
  const auto second = RouterDataplane::open(other);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("lo has an XDP program already"));
  EXPECT_FALSE(StateDir::open(other.state_dir)) << "pins of a failed start stay behind";
  fs::remove(other.state_dir);
}

TEST_F(RouterDataplaneTest, NamesWhatIsWrongWithThePorts) {
  options_.ports = {};
  EXPECT_THAT(RouterDataplane::open(options_).error().message, HasSubstr("must name 1 to"));
  options_.ports = {"lo", "lo"};
  EXPECT_THAT(RouterDataplane::open(options_).error().message, HasSubstr("lo twice"));
  options_.ports = {"lo"};
  options_.backend_ports = {"eth9"};
  EXPECT_THAT(RouterDataplane::open(options_).error().message, HasSubstr("names eth9"));
  options_.backend_ports = {};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const BackendEntry entry{.address = *Address::parse("10.0.0.1"),
                           .nexthop = NextHop{.port = 1, .mac = {}}};
  EXPECT_THAT(router->set_backend(1, entry).error().message, HasSubstr("no port 1"));
}

TEST_F(RouterDataplaneTest, ShowsBackendsAndTheirState) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const auto address = *Address::parse("10.0.0.1");
  const NextHop nexthop{.port = 0, .mac = *MacAddress::parse("02:03:04:05:06:01")};
  ASSERT_TRUE(router->set_backend(1, {.address = address, .nexthop = nexthop}));
  ASSERT_TRUE(router->set_backend(2, {.address = address, .nexthop = std::nullopt}));
  ASSERT_TRUE(router->set_backend(3, {}));
  ASSERT_TRUE(router->set_backend(4, {.address = address, .nexthop = nexthop}));
  ASSERT_TRUE(router->remove_backend(4));
  const auto status = read_status(options_.state_dir);
  ASSERT_TRUE(status);
  ASSERT_THAT(status->backends, SizeIs(3));
  EXPECT_EQ(status->backends[0].address, "10.0.0.1");
  EXPECT_TRUE(status->backends[0].live);
  EXPECT_FALSE(status->backends[1].live);
  EXPECT_EQ(status->backends[2].address, "connected");
}

TEST_F(RouterDataplaneTest, DetachLeavesTheMapsAndPurgeNothing) {
  { ASSERT_TRUE(open_and_attach()); }
  const auto state = StateDir::open(options_.state_dir);
  ASSERT_TRUE(state);
  const auto detached = state->detach();
  ASSERT_TRUE(detached);
  EXPECT_THAT(*detached, ElementsAre("lo"));
  EXPECT_TRUE(fs::exists(state->pin("buckets")));
  EXPECT_THAT(state->linked_interfaces(), IsEmpty());
  ASSERT_TRUE(state->purge());
  EXPECT_FALSE(fs::exists(options_.state_dir));
}

TEST_F(RouterDataplaneTest, AFailedStartThatMayNotUnmountLeavesNoPins) {
  const auto state = StateDir::create(options_.state_dir);
  ASSERT_TRUE(state);
  EXPECT_EXIT(
      {
        {
          const PinsGuard guard(*state);
          if (!open_and_attach()) std::exit(2);
          if (!keep_capabilities(std::array{CAP_BPF, CAP_NET_ADMIN})) std::exit(3);
        }
        std::exit(state->unpin() ? 4 : 0);  // refused, else this shows nothing
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_FALSE(state->has_pins());
}

TEST_F(RouterDataplaneTest, PurgeSparesFilesThatAreNotItsOwn) {
  { ASSERT_TRUE(open_and_attach()); }
  const auto state = StateDir::open(options_.state_dir);
  ASSERT_TRUE(state);
  const fs::path stranger = options_.state_dir / "notes.txt";
  { std::ofstream(stranger) << "mine"; }
  ASSERT_TRUE(state->detach());
  ASSERT_TRUE(state->purge());
  EXPECT_TRUE(fs::exists(stranger));
  fs::remove(stranger);
}

TEST_F(RouterDataplaneTest, PinsLinksOfInterfacesWithADot) {
  ASSERT_EQ(std::system("ip link add rch.1 type veth peer name rch.2"), 0);
  options_.ports = {"rch.1"};
  { ASSERT_TRUE(open_and_attach()); }
  const auto state = StateDir::open(options_.state_dir);
  ASSERT_TRUE(state);
  EXPECT_THAT(state->linked_interfaces(), ElementsAre("rch.1"));
  { ASSERT_TRUE(open_and_attach()) << "its own link is found again"; }
  EXPECT_THAT(*state->detach(), ElementsAre("rch.1"));
  EXPECT_EQ(std::system("ip link del rch.1"), 0);
}

TEST(StateDir, IsNotAnyDirectory) {
  const auto state = StateDir::open("/tmp");
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("not the state of a router or agent"));
}

TEST(GracePeriod, BothWaysWork) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(wait_by_membarrier());
  EXPECT_TRUE(wait_by_map_update());
  EXPECT_TRUE(wait_for_programs());
}

}  // namespace
}  // namespace ricochet

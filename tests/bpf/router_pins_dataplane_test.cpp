// SPDX-License-Identifier: Apache-2.0
//
// RouterDataplane on the real kernel: the epochs of its slots, and its pins from one daemon to the
// next.
#include <arpa/inet.h>
#include <gmock/gmock.h>

#include <set>

#include "dataplane/pin_table.h"
#include "dataplane/status.h"
#include "dataplane_scene.h"
#include "packet_builder.h"
#include "xdp_run.h"

namespace ricochet {
namespace {

const NextHop kNextHop{.port = 0, .mac = *MacAddress::parse("02:03:04:05:06:01")};
const NextHop kOtherNextHop{.port = 0, .mac = *MacAddress::parse("02:03:04:05:06:02")};
constexpr BackendId kSlot = 1;
constexpr BackendId kOldSlot = 2;
constexpr test::Endpoint kClient{.address = test::ipv4(10, 0, 99, 1), .port = 40000};
constexpr test::Endpoint kService{.address = test::kServiceAddress, .port = 80};
constexpr uint8_t kFirstBounce = 0x0c;

class RouterPinsTest : public test::DataplaneScene {
 protected:
  void SetUp() override {
    DataplaneScene::SetUp();
    options_.pin_memory_mib = 1;
  }

  static BackendEntry server(uint32_t number, const NextHop& nexthop = kNextHop) {
    return {.address = Address::from_ipv4_host_order(test::ipv4(10, 0, 0, 0) + number),
            .nexthop = nexthop};
  }
  static BackendEntry connected() { return {}; }

  static rch_backend backend(const RouterDataplane& router, BackendId slot = kSlot) {
    const auto tables = router.live_tables();
    if (tables) return (*tables)->backend(slot);
    ADD_FAILURE() << tables.error().message;
    return {};
  }
  static unsigned epoch(const RouterDataplane& router) { return backend(router).epoch; }

  // A router that forwards the flow to the slot, and had it in the old slot before.
  std::unique_ptr<RouterDataplane> open_and_fill() {
    auto router = open_and_attach();
    if (router) fill(router.get());
    return router;
  }
  static void fill(RouterDataplane* router) {
    EXPECT_TRUE(router->set_backend(kSlot, server(1)));
    EXPECT_TRUE(router->set_backend(kOldSlot, server(2, kOtherNextHop)));
    EXPECT_TRUE(router->publish(0, std::vector<Bucket>(8, Bucket{{kSlot, kOldSlot}}), {}));
    EXPECT_TRUE(router->set_service({.prefix = *Prefix::parse("10.0.10.0/32")},
                                    {.pool = 0, .options = {}}));
  }
  // The server of the slot does not have the flow: it gets a pin to the old one.
  void bounce() const {
    const test::Mac server(kNextHop.mac.octets());
    const auto packet =
        test::Packet::tcp(kClient, kService).macs(server, {2, 0, 0, 0, 0xa0, 1}).tos(kFirstBounce);
    test::run_xdp(program("lo").get(), packet.bytes(), test::kLoopbackIfindex);
  }

  static uint64_t flow_hash() {
    const uint32_t ports = htons(kClient.port) | static_cast<uint32_t>(htons(kService.port)) << 16;
    return rch_flow_hash(htonl(kClient.address.last_word()), htonl(kService.address.last_word()),
                         ports, IPPROTO_TCP, 0);
  }
  // 0: none.
  static uint64_t pin(const RouterDataplane& router) {
    return (*router.live_tables())->pin(flow_hash());
  }
  static bool is_pinned(const RouterDataplane& router) {
    const auto tables = *router.live_tables();
    const uint64_t word = tables->pool_word(0);
    const uint32_t bucket = rch_bucket_hash(flow_hash()) & rch_pool_mask(word);
    return tables->bucket(rch_pool_offset(word) + bucket) & RCH_BUCKET_PINNED;
  }
};

TEST_F(RouterPinsTest, ASlotThatBecomesAnotherBackendHasAnotherEpoch) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  ASSERT_TRUE(router->set_backend(kSlot, server(1)));
  const unsigned first = epoch(*router);
  ASSERT_TRUE(router->set_backend(kSlot, server(1, kOtherNextHop)));
  ASSERT_TRUE(router->set_backend(kSlot, {.address = server(1).address, .nexthop = std::nullopt}));
  ASSERT_TRUE(router->set_backend(kSlot, server(1)));
  EXPECT_EQ(epoch(*router), first) << "the same backend, which was set again";
  ASSERT_TRUE(router->set_backend(kSlot, server(2)));
  EXPECT_NE(epoch(*router), first);
}

TEST_F(RouterPinsTest, ASlotThatWasFreeMeanwhileHasAnotherEpoch) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  for (const BackendEntry& next : {server(2), connected()}) {
    ASSERT_TRUE(router->set_backend(kSlot, server(1)));
    const unsigned before = epoch(*router);
    ASSERT_TRUE(router->remove_backend(kSlot));
    EXPECT_EQ(backend(*router).flags, 0);
    ASSERT_TRUE(router->set_backend(kSlot, next));
    EXPECT_NE(epoch(*router), before);
  }
}

TEST_F(RouterPinsTest, EpochsComeAroundAgain) {
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  std::set<unsigned> epochs;
  for (uint32_t number = 1; number <= 3 * RCH_PIN_EPOCHS; ++number) {
    ASSERT_TRUE(router->set_backend(kSlot, server(number)));
    epochs.insert(epoch(*router));
  }
  EXPECT_EQ(epochs.size(), size_t{RCH_PIN_EPOCHS});
  EXPECT_EQ(*epochs.rbegin(), RCH_PIN_EPOCHS - 1u);
}

// Before it attaches the next daemon sets all of its slots again.
TEST_F(RouterPinsTest, TheNextDaemonGoesOnFromTheEpochs) {
  unsigned before = 0;
  {
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    ASSERT_TRUE(router->set_backend(kSlot, server(1)));
    before = epoch(*router);
  }
  const auto router = open();
  ASSERT_TRUE(router);
  ASSERT_TRUE(router->set_backend(kSlot, server(1)));
  EXPECT_EQ(epoch(*router), before);
  ASSERT_TRUE(router->set_backend(kSlot, server(2)));
  EXPECT_NE(epoch(*router), before);
}

TEST_F(RouterPinsTest, APinThatNobodyUsesIsSweptAndItsBucketIsFree) {
  const auto router = open_and_fill();
  ASSERT_TRUE(router);
  bounce();
  EXPECT_EQ(rch_pin_slot(pin(*router)), kOldSlot);
  EXPECT_EQ(read_status(options_.state_dir)->pins.used, 1);
  for (uint32_t sweep = 1; sweep < kPinSweeps; ++sweep) router->sweep_pins();
  EXPECT_NE(pin(*router), 0);
  EXPECT_TRUE(is_pinned(*router));
  router->sweep_pins();
  EXPECT_EQ(pin(*router), 0);
  EXPECT_FALSE(is_pinned(*router));
}

TEST_F(RouterPinsTest, TheNextDaemonTakesThePinsOver) {
  ASSERT_TRUE(open_and_fill());
  bounce();
  const uint32_t map = map_id("pins");
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_EQ(map_id("pins"), map);
  EXPECT_EQ(rch_pin_slot(pin(*router)), kOldSlot);
  EXPECT_TRUE(is_pinned(*router));
}

// Filled before they are attached, as the daemon does it.
TEST_F(RouterPinsTest, NewTablesKeepThePins) {
  unsigned epoch_before = 0;
  {
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    ASSERT_TRUE(router->set_backend(kSlot, server(3)));
    ASSERT_TRUE(router->set_backend(kOldSlot, server(4)));
    fill(router.get());
    epoch_before = backend(*router, kOldSlot).epoch;
    EXPECT_NE(epoch_before, 1) << "no other epoch than that of a new table";
  }
  bounce();
  const uint32_t buckets = map_id("buckets");
  ++options_.table_memory_mib;
  const auto router = open();
  ASSERT_TRUE(router);
  fill(router.get());
  ASSERT_TRUE(router->attach());
  EXPECT_NE(map_id("buckets"), buckets);
  EXPECT_EQ(rch_pin_slot(pin(*router)), kOldSlot);
  EXPECT_TRUE(is_pinned(*router));
  EXPECT_EQ(backend(*router, kOldSlot).epoch, epoch_before);
}

TEST_F(RouterPinsTest, WithoutPinsNoBucketStaysPinned) {
  ASSERT_TRUE(open_and_fill());
  bounce();
  options_.pin_memory_mib = 0;
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_FALSE(is_pinned(*router));
}

// The tables are the earlier ones all the same.
TEST_F(RouterPinsTest, PinsOfAnotherSizeAreNew) {
  for (const uint32_t mib : {2u, 0u, 1u}) {
    SCOPED_TRACE(mib);
    ASSERT_TRUE(open_and_fill());
    bounce();
    const uint32_t pins = map_id("pins");
    const uint32_t buckets = map_id("buckets");
    options_.pin_memory_mib = mib;
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    EXPECT_NE(map_id("pins"), pins);
    EXPECT_EQ(map_id("buckets"), buckets);
    EXPECT_EQ(pin(*router), 0);
    EXPECT_EQ(read_status(options_.state_dir)->pins.used, 0);
    router->sweep_pins();
    EXPECT_FALSE(is_pinned(*router));
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// Pins: a flow that was bounced goes to where it was taken, for as long as that holds.
#include <arpa/inet.h>
#include <linux/bpf.h>

#include <algorithm>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr Owners kOwners = {1, 2, 3, 4};
constexpr uint64_t kFlowSeed = 77;
constexpr uint32_t kPinSets = 4;

// By mark: attempts, final, pinned, restart.
constexpr uint8_t kTos[] = {0, 3 << 2, 7 << 2, 11 << 2, 15 << 2, 19 << 2, 23 << 2};
constexpr unsigned kFinal = 4, kPinned = 5, kRestart = 6;

class RouterPinTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (!IsSkipped()) lay(kPinSets);
  }

  void lay(uint32_t pin_sets) {
    load({.flow_seed = kFlowSeed, .pin_sets = pin_sets});
    router().add_service(kService, IPPROTO_TCP, kPool);
    for (const uint16_t slot : kOwners) add_backend(slot);
    router().set_bucket(kBucket, kOwners);
  }

  static Packet from_client(uint16_t port = kClient.port) {
    return Packet::tcp({kClient.address, port}, kService);
  }
  static Packet bounced_by(uint32_t slot, unsigned mark, uint16_t port = kClient.port) {
    return from_client(port).macs(backend_mac(slot), kRouterMac).tos(kTos[mark]);
  }
  // The flow's packet goes on as it came, to the owner of the bucket or another.
  static Outcome to(uint32_t slot, unsigned mark, const std::vector<std::string>& counted,
                    uint16_t port = kClient.port) {
    return forwarded(from_client(port).tos(kTos[mark]), slot, counted);
  }

  static uint64_t hash_of(uint16_t port) {
    const uint32_t ports = htons(port) | static_cast<uint32_t>(htons(kService.port)) << 16;
    return rch_flow_hash(htonl(kClient.address.last_word()), htonl(kService.address.last_word()),
                         ports, IPPROTO_TCP, kFlowSeed);
  }
  [[nodiscard]] rch_word_set pins_beside(uint16_t port) {
    return router().pin_set(rch_pin_set_index(hash_of(port), kPinSets));
  }
  // 0: none.
  [[nodiscard]] uint64_t pin_of(uint16_t port) {
    const rch_word_set set = pins_beside(port);
    const auto* found = std::ranges::find_if(
        set.word, [&](uint64_t pin) { return pin != 0 && rch_pin_is_of(pin, hash_of(port)); });
    return found == std::end(set.word) ? 0 : *found;
  }
  void replace_pin(uint16_t port, uint64_t pin) {
    rch_word_set set = pins_beside(port);
    std::ranges::replace(set.word, pin_of(port), pin);
    router().set_pin_set(rch_pin_set_index(hash_of(port), kPinSets), set);
  }
};

TEST_F(RouterPinTest, AFlowThatWasBouncedGoesWhereItWasTaken) {
  EXPECT_EQ(to(1, 0, {}), send(from_client()));
  EXPECT_FALSE(router().is_pinned(kBucket));
  EXPECT_EQ(to(2, 1, {"bounced"}), send(bounced_by(1, 1)));
  EXPECT_TRUE(router().is_pinned(kBucket));
  EXPECT_EQ(to(2, kPinned, {"pinned"}), send(from_client()));
  // That one had it neither.
  EXPECT_EQ(to(3, 2, {"bounced"}), send(bounced_by(2, 2)));
  EXPECT_EQ(to(3, kPinned, {"pinned"}), send(from_client()));
  EXPECT_EQ(rch_pin(hash_of(kClient.port), 3, 0), pin_of(kClient.port));
}

TEST_F(RouterPinTest, OtherFlowsOfTheBucketHaveNone) {
  send(bounced_by(1, 1));
  EXPECT_EQ(to(1, 0, {"pin_miss"}, 50000), send(from_client(50000)));
}

TEST_F(RouterPinTest, APinThatLedNowhereIsForgottenAndTheSearchBeginsAnew) {
  send(bounced_by(1, 1));
  EXPECT_EQ(to(1, 0, {"restarted"}), send(bounced_by(2, kRestart)));
  EXPECT_EQ(0u, pin_of(kClient.port));
  EXPECT_EQ(to(1, 0, {"pin_miss"}), send(from_client()));
  // Also where there was none.
  EXPECT_EQ(to(1, 0, {"restarted"}), send(bounced_by(2, kRestart)));
}

TEST_F(RouterPinTest, RestartSkipsWhoIsNotLive) {
  router().set_backend(1, {});
  EXPECT_EQ(to(2, 1, {"restarted"}), send(bounced_by(2, kRestart)));
}

TEST_F(RouterPinTest, ANewConnectionForgetsThePin) {
  send(bounced_by(1, 1));
  const Packet syn = from_client().flags(kSyn);
  EXPECT_EQ(forwarded(syn, 1), send(syn));
  EXPECT_EQ(0u, pin_of(kClient.port));
  send(bounced_by(1, 1));
  const Packet restarted = bounced_by(2, kRestart).flags(kSyn);
  EXPECT_EQ(forwarded(restarted.tos(0), 1), send(restarted));
  EXPECT_EQ(0u, pin_of(kClient.port));
}

TEST_F(RouterPinTest, PastTheLastOwnerThePinIsForgotten) {
  send(bounced_by(3, 3));
  EXPECT_NE(0u, pin_of(kClient.port));
  EXPECT_EQ(to(1, kFinal, {"final"}), send(bounced_by(4, kFinal)));
  EXPECT_EQ(0u, pin_of(kClient.port));
}

TEST_F(RouterPinTest, APinToADeadServerDoesNotCount) {
  send(bounced_by(1, 1));
  router().set_backend(2, {});
  EXPECT_EQ(to(1, 0, {"pin_miss"}), send(from_client()));
  add_backend(2);
  EXPECT_EQ(to(2, kPinned, {"pinned"}), send(from_client()));
}

TEST_F(RouterPinTest, APinToTheBackendThatHadTheSlotBeforeDoesNotCount) {
  send(bounced_by(1, 1));
  for (const uint8_t epoch : {uint8_t{1}, uint8_t{RCH_PIN_EPOCHS - 1}}) {
    rch_backend other{};
    other.nexthop = nexthop_at(servers_ifindex(), backend_mac(2));
    other.flags = RCH_BACKEND_LIVE;
    other.epoch = epoch;
    router().set_backend(2, other);
    EXPECT_EQ(to(1, 0, {"pin_miss"}), send(from_client())) << int{epoch};
    EXPECT_EQ(to(2, 1, {"bounced"}), send(bounced_by(1, 1)));
    EXPECT_EQ(to(2, kPinned, {"pinned"}), send(from_client())) << int{epoch};
  }
}

TEST_F(RouterPinTest, AStrangerCannotPin) {
  const Packet forged = from_client().tos(kTos[1]);
  EXPECT_EQ(to(1, 0, {"mark_cleared"}), send(forged));
  EXPECT_FALSE(router().is_pinned(kBucket));
  send(bounced_by(1, 1));
  for (const unsigned mark : {kPinned, kRestart}) {
    const Packet told = from_client().tos(kTos[mark]);
    EXPECT_EQ(to(2, kPinned, {"pinned", "mark_cleared"}), send(told));
  }
}

TEST_F(RouterPinTest, AUsedPinIsYoungAgain) {
  send(bounced_by(1, 1));
  const uint64_t young = pin_of(kClient.port);
  replace_pin(kClient.port, young + RCH_PIN_AGE_MAX);
  EXPECT_EQ(to(2, kPinned, {"pinned"}), send(from_client()));
  EXPECT_EQ(young, pin_of(kClient.port));
}

// The set of one flow is full of others' pins, of which one was not used for longest.
TEST_F(RouterPinTest, AFullSetForgetsTheOldest) {
  for (uint32_t oldest = 0; oldest < RCH_SET_WORDS; oldest++) {
    rch_word_set full{};
    for (uint32_t i = 0; i < RCH_SET_WORDS; i++)
      full.word[i] = rch_pin(uint64_t{i + 1} << RCH_PIN_TAG_SHIFT, 4, 0) + (i == oldest ? 3 : 2);
    router().set_pin_set(rch_pin_set_index(hash_of(kClient.port), kPinSets), full);
    EXPECT_EQ(to(2, 1, {"bounced", "pin_evicted"}), send(bounced_by(1, 1)));
    full.word[oldest] = rch_pin(hash_of(kClient.port), 2, 0);
    EXPECT_TRUE(std::ranges::equal(full.word, pins_beside(kClient.port).word)) << oldest;
    // Its own place after that, and nobody else's.
    EXPECT_EQ(to(3, 2, {"bounced"}), send(bounced_by(2, 2)));
  }
}

TEST_F(RouterPinTest, AFreePlaceGoesBeforeAnOldPin) {
  rch_word_set almost{};
  for (uint32_t i = 0; i + 1 < RCH_SET_WORDS; i++)
    almost.word[i] = rch_pin(uint64_t{i + 1} << RCH_PIN_TAG_SHIFT, 4, 0) + RCH_PIN_AGE_MAX;
  router().set_pin_set(rch_pin_set_index(hash_of(kClient.port), kPinSets), almost);
  EXPECT_EQ(to(2, 1, {"bounced"}), send(bounced_by(1, 1)));
  almost.word[RCH_SET_WORDS - 1] = rch_pin(hash_of(kClient.port), 2, 0);
  EXPECT_TRUE(std::ranges::equal(almost.word, pins_beside(kClient.port).word));
}

TEST_F(RouterPinTest, WithoutTheBucketsBitPinsAreNotLookedFor) {
  send(bounced_by(1, 1));
  router().set_bucket(kBucket, kOwners);
  EXPECT_EQ(to(1, 0, {}), send(from_client()));
  EXPECT_EQ(to(2, 1, {"bounced"}), send(bounced_by(1, 1)));
  EXPECT_TRUE(router().is_pinned(kBucket));
}

TEST_F(RouterPinTest, WithThePapersMarkThereAreNone) {
  router().set_pool(kPool, kBucket, 0, RCH_POOL_MARK_ECMP_ER);
  send(bounced_by(1, 1).tos(RCH_TOS_ECMP_ER));
  EXPECT_FALSE(router().is_pinned(kBucket));
  EXPECT_EQ(0u, pin_of(kClient.port));
}

TEST_F(RouterPinTest, ARouterWithoutPinsBouncesEachPacket) {
  lay(0);
  EXPECT_EQ(to(2, 1, {"bounced"}), send(bounced_by(1, 1)));
  EXPECT_FALSE(router().is_pinned(kBucket));
  EXPECT_EQ(to(1, 0, {}), send(from_client()));
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// Fragments go where the first one went, which has the ports.
#include <netinet/in.h>

#include <set>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;
constexpr uint16_t kOlderOwner = 4;
constexpr uint8_t kTosOfAttempt1 = 0x0c;

class RouterFragmentTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    add_backend(kOlderOwner);
    router().set_bucket(kBucket, {kOwner, kOlderOwner});
  }

  void expect_dropped(const Packet& fragment) {
    EXPECT_EQ(dropped(fragment, "drop_fragment"), send(fragment));
  }
  void expect_forwarded(const Packet& fragment) {
    EXPECT_EQ(forwarded(fragment, kOwner), send(fragment));
  }

  const Packet packet_ = Packet::tcp(kClient, kService).payload("a piece of a segment");
};

TEST_F(RouterFragmentTest, LaterOnesFollowTheFirst) {
  expect_forwarded(packet_.fragment(0, true));
  expect_forwarded(packet_.fragment(40, true));
  expect_forwarded(packet_.fragment(65528, false));
  expect_forwarded(packet_.fragment(40, true).ip_options(2));
}

// By the hash of ports: a bucket of its own for each flow, and its fragments find it.
TEST_F(RouterFragmentTest, LaterOnesHaveTheBucketOfTheirFlow) {
  constexpr uint16_t kBuckets = 16;
  constexpr uint16_t kFlows = 200;
  load_spread(kBuckets);
  std::set<uint32_t> owners;
  for (uint16_t n = 0; n < kFlows; n++) {
    const Packet packet =
        Packet::tcp({kClient.address, static_cast<uint16_t>(40000 + n)}, kService).id(n);
    const Outcome whole = send(packet);
    const Outcome first = send(packet.fragment(0, true));
    const Outcome later = send(packet.fragment(40, false));
    ASSERT_EQ(whole.traffic.size(), 1u);
    const uint32_t owner = whole.traffic.begin()->first;
    EXPECT_TRUE(first.traffic.contains(owner)) << n;
    EXPECT_TRUE(later.traffic.contains(owner)) << n;
    owners.insert(owner);
  }
  EXPECT_EQ(owners.size(), kBuckets);
}

TEST_F(RouterFragmentTest, WithoutTheFirstTheyAreDropped) {
  expect_dropped(packet_.fragment(8, true));
  expect_dropped(packet_.fragment(8, false));
  expect_dropped(Packet::udp(kClient, kService).fragment(2048, true));
}

TEST_F(RouterFragmentTest, TheFirstOfAnotherPacketDoesNotDo) {
  expect_forwarded(packet_.fragment(0, true));
  const Packet later = packet_.fragment(40, false);
  expect_dropped(later.id(0x4321));
  expect_dropped(Packet::udp(kClient, kService).fragment(40, false));
  expect_dropped(Packet::tcp({kClient.address + 1, kClient.port}, kService).fragment(40, false));
  expect_forwarded(later);
}

TEST_F(RouterFragmentTest, BouncedOnesGoToTheOlderOwner) {
  expect_forwarded(packet_.fragment(0, true));
  const Packet bounced = packet_.macs(backend_mac(kOwner), kRouterMac).tos(kTosOfAttempt1);
  for (const Packet& fragment : {bounced.fragment(0, true), bounced.fragment(40, false)}) {
    EXPECT_EQ(forwarded(fragment, kOlderOwner, {"bounced"}), send(fragment));
  }
}

TEST_F(RouterFragmentTest, ThoseToNoServiceAreLeftToTheKernel) {
  const Packet elsewhere = Packet::udp(kClient, {kServiceAddress + 1, 80});
  for (const Packet& fragment : {elsewhere.fragment(0, true), elsewhere.fragment(40, false)}) {
    EXPECT_EQ(passed(fragment, "pass_no_service"), send(fragment));
  }
  // Nothing was noted of it either: a service that comes between the two does not change that.
  router().add_service({kServiceAddress + 1, 80}, IPPROTO_UDP, kPool);
  expect_dropped(elsewhere.fragment(40, false));
}

TEST_F(RouterFragmentTest, ThoseToAnotherPortOfAServicesAddressAreLeftToTheKernel) {
  router().add_service({kServiceAddress + 1, 80}, IPPROTO_UDP, kPool);
  const Packet packet = Packet::udp(kClient, {kServiceAddress + 1, 500});
  expect_dropped(packet.fragment(40, false));
  for (const Packet& fragment : {packet.fragment(0, true), packet.fragment(40, false)}) {
    EXPECT_EQ(passed(fragment, "pass_no_service"), send(fragment));
  }
}

// An address with services by port is none itself, whatever the protocol of a packet.
TEST_F(RouterFragmentTest, ServicesByPortDoNotMakeOneOfTheirAddress) {
  load({.answer_echo = false});
  router().add_service({kServiceAddress + 1, 80}, IPPROTO_UDP, kPool);
  for (unsigned protocol = 0; protocol < 256; protocol++) {
    if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) continue;
    const Packet packet =
        Packet::other(static_cast<uint8_t>(protocol), kClient.address, kServiceAddress + 1);
    EXPECT_EQ(passed(packet, "pass_no_service"), send(packet)) << protocol;
  }
}

TEST_F(RouterFragmentTest, WhatHasNoPortsNeedsNoFirst) {
  router().add_prefix(kServiceAddress + 1, 32, kPool);
  const Packet icmp = Packet::icmp(kClient.address, kServiceAddress + 1);
  for (const Packet& fragment : {icmp.fragment(1480, false), icmp.fragment(0, true)}) {
    expect_forwarded(fragment);
  }
}

TEST_F(RouterFragmentTest, AFirstOneWithoutAWholeTcpHeaderIsMalformed) {
  const Packet fragment = packet_.fragment(0, true).cut_to(ETH_HLEN + 20 + 8);
  EXPECT_EQ(dropped(fragment, "drop_malformed"), send(fragment));
}

TEST_F(RouterFragmentTest, DoNotFragmentIsNoFragment) {
  expect_forwarded(packet_.do_not_fragment());
  expect_dropped(packet_.fragment(40, false));
}

}  // namespace
}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
// ICMP errors go where the packets of the flow go that they are about.
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "icmp_frames.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kBuckets = 16;
constexpr uint32_t kOlderOwner = 60;
constexpr uint16_t kFlows = 100;
constexpr uint8_t kTosOfAttempt1 = 0x0c;

// Bucket i belongs to backend i + 1, and belonged to kOlderOwner.
class RouterIcmpTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load({.buckets = 2 * kBuckets});
    add_backend(kOlderOwner);
    for (uint16_t n = 1; n <= kBuckets; n++) {
      add_backend(n);
      router().set_bucket(kBuckets + n - 1, {n, kOlderOwner});
    }
    router().set_pool(kPool, kBuckets, kBuckets - 1);
  }

  // As an error with a quote that says nothing.
  void expect_own_flow(const Packet& error) {
    const Packet plain = Packet::icmp(kReporter, kServiceAddress);
    EXPECT_EQ(forwarded(error, owner_of(plain)), send(error));
  }

  static Endpoint client(uint16_t n) {
    return {kClient.address + n % 7, static_cast<uint16_t>(40000 + n)};
  }

  const Packet sent_ = Packet::tcp(kService, kClient).payload("what a server says");
};

TEST_F(RouterIcmpTest, EachTypeFollowsItsFlow) {
  std::set<uint32_t> backends;
  for (uint16_t n = 0; n < kFlows; n++) {
    const uint32_t tcp = owner_of(Packet::tcp(client(n), kService));
    const uint32_t udp = owner_of(Packet::udp(client(n), kService));
    backends.insert(tcp);
    for (const uint8_t type : kIcmpErrors) {
      const Packet about_tcp = error_about(Packet::tcp(kService, client(n)), type);
      const Packet about_udp = error_about(Packet::udp(kService, client(n)).payload("x"), type);
      ASSERT_EQ(forwarded(about_tcp, tcp), send(about_tcp)) << n << ' ' << unsigned{type};
      ASSERT_EQ(forwarded(about_udp, udp), send(about_udp)) << n << ' ' << unsigned{type};
    }
  }
  EXPECT_EQ(backends.size(), kBuckets);
}

TEST_F(RouterIcmpTest, AboutRepliesToAPingFollowThePing) {
  const Packet ping = Packet::icmp(kClient.address, kServiceAddress);
  const Packet error = error_about(Packet::icmp(kServiceAddress, kClient.address));
  EXPECT_EQ(forwarded(error, owner_of(ping)), send(error));
}

TEST_F(RouterIcmpTest, OptionsAndTagsAreSkipped) {
  const uint32_t owner = owner_of(Packet::tcp(kClient, kService));
  for (const unsigned words : {1u, 5u, 10u}) {
    const Packet error = error_about(sent_.ip_options(words));
    for (const Packet& packet :
         {error, error.ip_options(words), error.vlan(ETH_P_8021Q, 100).ip_options(10)}) {
      EXPECT_EQ(forwarded(packet, owner), send(packet));
    }
  }
}

TEST_F(RouterIcmpTest, TheServiceIsThatOfTheFlow) {
  constexpr Endpoint kOther{kServiceAddress + 1, 8443};
  constexpr rch_pool_index kOtherPool = kPool + 1;
  constexpr uint16_t kOtherOwner = 50;
  add_backend(kOtherOwner);
  router().set_bucket(1, {kOtherOwner});
  router().set_pool(kOtherPool, 1, 0);
  router().add_service(kOther, IPPROTO_TCP, kOtherPool);
  const Packet error = error_about(Packet::tcp(kOther, kClient));
  EXPECT_EQ(forwarded(error, kOtherOwner), send(error));
  const Packet no_service = error_about(Packet::udp(kOther, kClient).payload("x"));
  EXPECT_EQ(passed(no_service, "pass_no_service"), send(no_service));
}

TEST_F(RouterIcmpTest, BouncedOnesGoToTheOlderOwner) {
  const Packet error = error_about(sent_).macs(backend_mac(1), kRouterMac).tos(kTosOfAttempt1);
  EXPECT_EQ(forwarded(error, kOlderOwner, {"bounced"}), send(error));
}

TEST_F(RouterIcmpTest, WhatIsNoErrorIsNotReadFurther) {
  for (unsigned type = 0; type < 256; type++) {
    if (std::ranges::find(kIcmpErrors, type) != kIcmpErrors.end()) continue;
    expect_own_flow(error_about(sent_, static_cast<uint8_t>(type)));
  }
}

TEST_F(RouterIcmpTest, AQuoteThatCannotBeReadIsNotGuessed) {
  const size_t whole = error_about(sent_).bytes().size();
  for (size_t bytes = ETH_HLEN + 20 + 8; bytes < whole; bytes++) {
    SCOPED_TRACE(bytes);
    Packet error = error_about(sent_);
    const Bytes cut = error.cut_to(bytes).bytes();
    const Outcome outcome = send(error.cut_to(bytes));
    EXPECT_EQ(outcome.packet.size(), cut.size());
    EXPECT_EQ(owner_of(Packet::icmp(kReporter, kServiceAddress)), outcome.traffic.begin()->first);
  }
  expect_own_flow(error_about(sent_.claim_ip_version(5)));
  expect_own_flow(error_about(sent_.fragment(48, false)));
  // Its own claim of 4 words reaches into the header.
  const Packet short_header =
      Packet::icmp_error(kReporter, kServiceAddress, 3, sent_.claim_ip_words(4).ip_bytes());
  expect_own_flow(short_header);
}

TEST_F(RouterIcmpTest, AboutAPacketOfSomebodyElseKeepsItsOwnFlow) {
  const Bytes foreign = Packet::tcp({kServiceAddress + 1, 80}, kClient).ip_bytes();
  expect_own_flow(Packet::icmp_error(kReporter, kServiceAddress, 3, foreign));
}

// What it carries looks like a whole error, and is from the middle of something.
TEST_F(RouterIcmpTest, ALaterFragmentOfAnErrorQuotesNothing) {
  Bytes message = error_about(sent_).ip_bytes();
  message.erase(message.begin(), message.begin() + 20);
  const Packet later = Packet::icmp_error(kReporter, kServiceAddress, 3, message);
  expect_own_flow(later.fragment(8, false));
  expect_own_flow(later.fragment(8, true));
}

}  // namespace
}  // namespace ricochet::test

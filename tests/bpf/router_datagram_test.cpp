// SPDX-License-Identifier: Apache-2.0
// Flows of UDP that a service keeps where they began.
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>

#include <algorithm>

#include "icmp_frames.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint64_t kFlowSeed = 77;
constexpr uint32_t kFlowSets = 4;
constexpr uint8_t kTosOfAttempt1 = 0x0c;

uint64_t hash_of(const Packet& packet) {
  const rch_address source = packet.source().address.encode();
  const rch_address destination = packet.destination().address.encode();
  const uint32_t ports =
      htons(packet.source().port) | static_cast<uint32_t>(htons(packet.destination().port)) << 16;
  if (packet.source().address.is_ipv4())
    return rch_flow_hash(source.word[3], destination.word[3], ports, IPPROTO_UDP, kFlowSeed);
  return rch_flow_hash6(&source, &destination, ports, IPPROTO_UDP, kFlowSeed);
}

class RouterDatagramTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (!IsSkipped()) lay(kFlowSets);
  }

  void lay(uint32_t flow_sets) {
    load({.flow_seed = kFlowSeed, .flow_sets = flow_sets});
    set_service_options(RCH_SERVICE_KEEP_FLOWS);
    for (const uint16_t slot : std::initializer_list<uint16_t>{1, 2, 3}) add_backend(slot);
    router().set_bucket(kBucket, {1, 2});
  }
  void reverse_owners() { router().set_bucket(kBucket, {2, 1}); }
  // Another backend has the slot from now on.
  void replace(uint32_t slot, uint8_t epoch) {
    rch_backend other{};
    other.nexthop = nexthop_at(servers_ifindex(), backend_mac(slot));
    other.flags = RCH_BACKEND_LIVE;
    other.epoch = epoch;
    router().set_backend(slot, other);
  }

  void expect_begins(const Packet& packet, uint32_t slot) {
    EXPECT_EQ(forwarded(packet, slot), send(packet));
  }
  void expect_kept(const Packet& packet, uint32_t slot) {
    EXPECT_EQ(forwarded(packet, slot, {"kept"}), send(packet));
  }

  [[nodiscard]] rch_word_set flows_beside(const Packet& packet) {
    return router().flow_set(rch_pin_set_index(hash_of(packet), kFlowSets));
  }
  void set_flows_beside(const Packet& packet, const rch_word_set& set) {
    router().set_flow_set(rch_pin_set_index(hash_of(packet), kFlowSets), set);
  }
  [[nodiscard]] bool keeps_nothing() {
    for (uint32_t i = 0; i < kFlowSets; i++)
      if (std::ranges::any_of(router().flow_set(i).word, [](uint64_t word) { return word != 0; }))
        return false;
    return true;
  }
  // A full one of others' flows, of which one was not used for longest.
  static rch_word_set full_set(uint32_t oldest) {
    rch_word_set full{};
    for (uint32_t i = 0; i < RCH_SET_WORDS; i++)
      full.word[i] = rch_pin(uint64_t{i + 1} << RCH_PIN_TAG_SHIFT, 3, 0) + (i == oldest ? 3 : 2);
    return full;
  }

  const Packet packet_ = Packet::udp(kClient, kService);
  const Packet packet6_ = Packet::udp(kClient6, kService6);
  const std::array<Packet, 2> packets_ = {packet_, packet6_};
};

TEST_F(RouterDatagramTest, AFlowStaysWhereItBegan) {
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  reverse_owners();
  for (const Packet& packet : packets_) expect_kept(packet, 1);
  for (const Packet& packet : packets_) expect_kept(packet.payload("more of it"), 1);
}

TEST_F(RouterDatagramTest, OneThatBeginsLaterGoesToTheOwnerOfThen) {
  expect_begins(packet_, 1);
  reverse_owners();
  expect_begins(Packet::udp({kClient.address, 1}, kService), 2);
  expect_begins(packet6_, 2);
}

TEST_F(RouterDatagramTest, IsEnteredByItsHashWithSlotAndEpoch) {
  replace(1, 9);
  for (const Packet& packet : packets_) {
    send(packet);
    EXPECT_EQ(1, std::ranges::count(flows_beside(packet).word, rch_pin(hash_of(packet), 1, 9)));
  }
}

TEST_F(RouterDatagramTest, GoesElsewhereWhenItsServerIsDeadAndStaysThere) {
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  router().set_backend(1, {});
  for (const Packet& packet : packets_) expect_begins(packet, 2);
  add_backend(1);
  for (const Packet& packet : packets_) expect_kept(packet, 2);
}

TEST_F(RouterDatagramTest, GoesElsewhereWhenAnotherBackendHasTheSlot) {
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  reverse_owners();
  replace(1, 1);
  for (const Packet& packet : packets_) expect_begins(packet, 2);
  for (const Packet& packet : packets_) expect_kept(packet, 2);
}

TEST_F(RouterDatagramTest, WithoutALiveServerItIsDroppedAndNotKept) {
  for (const uint32_t slot : {1, 2}) router().set_backend(slot, {});
  for (const Packet& packet : packets_) EXPECT_EQ(dropped(packet, "drop_no_backend"), send(packet));
  EXPECT_TRUE(keeps_nothing());
}

TEST_F(RouterDatagramTest, AFullSetForgetsTheOldest) {
  for (uint32_t oldest = 0; oldest < RCH_SET_WORDS; oldest++) {
    rch_word_set expected = full_set(oldest);
    set_flows_beside(packet_, expected);
    EXPECT_EQ(forwarded(packet_, 1, {"flow_evicted"}), send(packet_));
    expected.word[oldest] = rch_pin(hash_of(packet_), 1, 0);
    EXPECT_TRUE(std::ranges::equal(expected.word, flows_beside(packet_).word)) << oldest;
  }
}

TEST_F(RouterDatagramTest, AFlowThatEndsElsewhereKeepsItsPlace) {
  rch_word_set expected = full_set(0);
  expected.word[5] = rch_pin(hash_of(packet_), 1, 0);
  set_flows_beside(packet_, expected);
  router().set_backend(1, {});
  expect_begins(packet_, 2);
  expected.word[5] = rch_pin(hash_of(packet_), 2, 0);
  EXPECT_TRUE(std::ranges::equal(expected.word, flows_beside(packet_).word));
}

TEST_F(RouterDatagramTest, AFlowInUseIsYoung) {
  rch_word_set set{};
  set.word[3] = rch_pin(hash_of(packet_), 2, 0) + RCH_PIN_AGE_MAX;
  set_flows_beside(packet_, set);
  expect_kept(packet_, 2);
  EXPECT_EQ(rch_pin(hash_of(packet_), 2, 0), flows_beside(packet_).word[3]);
}

TEST_F(RouterDatagramTest, AnIcmpErrorGoesToWhereTheFlowIs) {
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  reverse_owners();
  expect_kept(error_about(Packet::udp(kService, kClient).payload("x")), 1);
  expect_kept(error_about6(Packet::udp(kService6, kClient6).payload("x")), 1);
}

TEST_F(RouterDatagramTest, FragmentsGoWhereTheFlowIs) {
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  reverse_owners();
  for (const Packet& packet : packets_) {
    expect_kept(packet.payload("a piece").fragment(0, true), 1);
    expect_kept(packet.payload("the rest").fragment(16, false), 1);
  }
}

TEST_F(RouterDatagramTest, TcpAndOthersOfTheServiceAreAsEver) {
  const std::array packets = {Packet::tcp(kClient, kService), Packet::tcp(kClient6, kService6),
                              Packet::icmp(kClient.address, kServiceAddress),
                              Packet::other(IPPROTO_GRE, kClient6.address, kServiceAddress6)};
  for (const Packet& packet : packets) EXPECT_EQ(forwarded(packet, 1), send(packet));
  EXPECT_TRUE(keeps_nothing());
  reverse_owners();
  for (const Packet& packet : packets) EXPECT_EQ(forwarded(packet, 2), send(packet));
}

TEST_F(RouterDatagramTest, AServiceThatDoesNotAskForItKeepsNone) {
  set_service_options(0);
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  EXPECT_TRUE(keeps_nothing());
  reverse_owners();
  for (const Packet& packet : packets_) expect_begins(packet, 2);
}

TEST_F(RouterDatagramTest, ARouterWithoutSetsKeepsNone) {
  lay(0);
  for (const Packet& packet : packets_) expect_begins(packet, 1);
  reverse_owners();
  for (const Packet& packet : packets_) expect_begins(packet, 2);
}

// Nobody bounces a datagram, whatever mark it has.
TEST_F(RouterDatagramTest, AMarkDoesNotMoveAFlowAndIsRemoved) {
  expect_begins(packet_, 1);
  reverse_owners();
  const Packet marked = packet_.macs(backend_mac(1), kRouterMac).tos(kTosOfAttempt1 | 1);
  EXPECT_EQ(forwarded(marked.tos(1), 1, {"kept"}), send(marked));
  const Packet of_stranger = packet_.tos(kTosOfAttempt1);
  EXPECT_EQ(forwarded(packet_, 1, {"kept", "mark_cleared"}), send(of_stranger));
  router().declare_backends_only(client_ifindex());
  EXPECT_EQ(dropped(of_stranger, "drop_foreign_mark"), send(of_stranger));
}

TEST_F(RouterDatagramTest, FlowsOfOneClientAreKeptApart) {
  set_service_options(RCH_SERVICE_KEEP_FLOWS | uint32_t{RCH_AFFINITY_SOURCE});
  const auto from_port = [](const Endpoint& client, uint32_t port, const Endpoint& service) {
    return Packet::udp({client.address, static_cast<uint16_t>(port)}, service);
  };
  for (uint32_t port = 1; port <= 3; port++) {
    expect_begins(from_port(kClient, port, kService), 1);
    expect_begins(from_port(kClient6, port, kService6), 1);
  }
  reverse_owners();
  for (uint32_t port = 1; port <= 3; port++) {
    expect_kept(from_port(kClient, port, kService), 1);
    expect_kept(from_port(kClient6, port, kService6), 1);
    expect_begins(from_port(kClient, port + 100, kService), 2);
    expect_begins(from_port(kClient6, port + 100, kService6), 2);
  }
}

}  // namespace
}  // namespace ricochet::test

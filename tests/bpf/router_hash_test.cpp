// SPDX-License-Identifier: Apache-2.0
// From a flow to its bucket: the program counts as the control plane does, and what it does with
// the flows that are likely spreads. More about how well the hash spreads is in tests/unit/abi.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <functional>

#include "even_spread.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kBuckets = 16;
constexpr uint32_t kOffset = 32;
constexpr uint64_t kSeed = 0x9e3779b97f4a7c15;

struct Flow {
  Endpoint source;
  Endpoint destination;
  uint8_t protocol = IPPROTO_TCP;
};

uint64_t flow_hash(const Flow& flow, uint64_t seed) {
  const uint32_t ports =
      htons(flow.source.port) | static_cast<uint32_t>(htons(flow.destination.port)) << 16;
  const rch_address source = flow.source.address.encode();
  const rch_address destination = flow.destination.address.encode();
  if (flow.destination.address.is_ipv4())
    return rch_flow_hash(source.word[3], destination.word[3], ports, flow.protocol, seed);
  return rch_flow_hash6(&source, &destination, ports, flow.protocol, seed);
}

uint32_t hash_of(const Flow& flow, uint64_t seed) {
  return rch_bucket_hash(flow_hash(flow, seed));
}

// Bucket i of the pool belongs to backend i + 1.
class RouterHashTest : public RouterScene {
 protected:
  void start(uint64_t seed) {
    load({.flow_seed = seed});
    router().set_pool(kPool, kOffset, kBuckets - 1);
    for (uint16_t i = 0; i < kBuckets; i++) {
      const auto slot = static_cast<uint16_t>(i + 1);
      add_backend(slot);
      router().set_bucket(kOffset + i, {slot});
    }
  }

  void expect_bucket(const Packet& packet, uint32_t hash) {
    EXPECT_EQ(forwarded(packet, (hash & (kBuckets - 1)) + 1), send(packet));
  }

  void expect_even(const Endpoint& service, const std::function<Endpoint(uint32_t)>& nth_client) {
    constexpr uint32_t kFlows = 4'000;
    EXPECT_TRUE(is_even(count_by_owner(
        kBuckets, kFlows, [&](uint32_t n) { return Packet::tcp(nth_client(n), service); })));
  }
};

TEST_F(RouterHashTest, TheProgramAndTheControlPlaneAgree) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, kSeed}) {
    start(seed);
    for (uint16_t i = 0; i < 256; i++) {
      const Endpoint client{kClient.address + i * 7u, static_cast<uint16_t>(1024 + i * 13)};
      const Endpoint service{kServiceAddress, static_cast<uint16_t>(80 + i % 3)};
      expect_bucket(Packet::tcp(client, service), hash_of({client, service}, seed));
      expect_bucket(Packet::udp(client, service), hash_of({client, service, IPPROTO_UDP}, seed));
      expect_bucket(Packet::icmp(client.address, kServiceAddress),
                    hash_of({{client.address, 0}, {kServiceAddress, 0}, IPPROTO_ICMP}, seed));
    }
  }
}

TEST_F(RouterHashTest, TheProgramAndTheControlPlaneAgreeAboutIpv6) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, kSeed}) {
    start(seed);
    for (uint16_t i = 0; i < 256; i++) {
      IpAddress address = kClient6.address;
      address.words[i % 4] ^= i * 0x01010101u;
      const Endpoint client{address, static_cast<uint16_t>(1024 + i * 13)};
      const Endpoint service{kServiceAddress6, static_cast<uint16_t>(80 + i % 3)};
      expect_bucket(Packet::tcp(client, service), hash_of({client, service}, seed));
      expect_bucket(Packet::udp(client, service), hash_of({client, service, IPPROTO_UDP}, seed));
      expect_bucket(Packet::icmp(address, kServiceAddress6),
                    hash_of({{address, 0}, {kServiceAddress6, 0}, IPPROTO_ICMPV6}, seed));
    }
  }
}

TEST_F(RouterHashTest, SpreadsSequentialClients) {
  start(kSeed);
  expect_even(kService, [](uint32_t n) { return Endpoint{kClient.address + n, 40000}; });
  expect_even(kService6, [](uint32_t n) { return Endpoint{kClient6.address + n, 40000}; });
}

TEST_F(RouterHashTest, SpreadsThePortsOfOneAddress) {
  start(kSeed);
  const auto port = [](uint32_t n) { return static_cast<uint16_t>(1024 + 2 * n); };
  expect_even(kService, [&](uint32_t n) { return Endpoint{kClient.address, port(n)}; });
  expect_even(kService6, [&](uint32_t n) { return Endpoint{kClient6.address, port(n)}; });
}

// One client of each network: a /64 of IPv6, a /24 of IPv4.
TEST_F(RouterHashTest, SpreadsTheFlowsOfEachNetwork) {
  start(kSeed);
  expect_even(kService, [](uint32_t n) { return Endpoint{kClient.address + (n << 8), 40000}; });
  expect_even(kService6, [](uint32_t n) {
    IpAddress address = kClient6.address;
    address.words[1] += n;
    return Endpoint{address, 40000};
  });
}

TEST_F(RouterHashTest, WhatAHopChangesDoesNotMoveAFlow) {
  start(kSeed);
  const uint32_t hash = hash_of({kClient, kService}, kSeed);
  const Packet packet = Packet::tcp(kClient, kService);
  for (const Packet& same :
       {packet, packet.ttl(9), packet.tos(0x02), packet.id(1), packet.sequence(7),
        packet.flags(kSyn), packet.ip_options(3), packet.payload("more"), packet.padded_to(60)})
    expect_bucket(same, hash);

  const uint32_t hash6 = hash_of({kClient6, kService6}, kSeed);
  const Packet packet6 = Packet::tcp(kClient6, kService6);
  for (const Packet& same :
       {packet6, packet6.ttl(9), packet6.tos(0x02), packet6.flow_label(7), packet6.sequence(7),
        packet6.flags(kSyn), packet6.extension(IPPROTO_DSTOPTS, 3), packet6.payload("more")})
    expect_bucket(same, hash6);
}

}  // namespace
}  // namespace ricochet::test

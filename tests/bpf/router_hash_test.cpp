// SPDX-License-Identifier: Apache-2.0
// From a flow to its bucket: the program counts as the control plane does. How well the hash
// spreads is a matter of tests/unit/abi.
#include <arpa/inet.h>
#include <netinet/in.h>

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

uint32_t hash_of(const Flow& flow, uint64_t seed) {
  const uint32_t ports =
      htons(flow.source.port) | static_cast<uint32_t>(htons(flow.destination.port)) << 16;
  return rch_bucket_hash(rch_flow_hash(htonl(flow.source.address.last_word()),
                                       htonl(flow.destination.address.last_word()), ports,
                                       flow.protocol, seed));
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

TEST_F(RouterHashTest, WhatAHopChangesDoesNotMoveAFlow) {
  start(kSeed);
  const uint32_t hash = hash_of({kClient, kService}, kSeed);
  const Packet packet = Packet::tcp(kClient, kService);
  for (const Packet& same :
       {packet, packet.ttl(9), packet.tos(0x02), packet.id(1), packet.sequence(7),
        packet.flags(kSyn), packet.ip_options(3), packet.payload("more"), packet.padded_to(60)})
    expect_bucket(same, hash);
}

}  // namespace
}  // namespace ricochet::test

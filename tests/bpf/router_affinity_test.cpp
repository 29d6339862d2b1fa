// SPDX-License-Identifier: Apache-2.0
// The affinity of a service: which part of a flow places it.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <functional>
#include <vector>

#include "even_spread.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kBuckets = 16;
constexpr uint64_t kSeed = 0x9e3779b97f4a7c15;
constexpr uint32_t kPackets = 3'000;
constexpr uint32_t kPrefixBits = 24;
constexpr uint32_t kPrefixBits6 = 56;
constexpr std::array kAffinities = {RCH_AFFINITY_FLOW, RCH_AFFINITY_SOURCE_PORTS,
                                    RCH_AFFINITY_SOURCE, RCH_AFFINITY_SOURCE_PREFIX};

using NthClient = std::function<Endpoint(uint32_t)>;

// The same number of the network that the prefix is of, and of a host in it.
IpAddress host_of(const IpAddress& first, uint32_t network, uint32_t host) {
  IpAddress address = first + host;
  if (first.is_ipv4()) {
    address.words[3] += network << (32 - kPrefixBits);
  } else {
    address.words[1] += network << (64 - kPrefixBits6);
  }
  return address;
}

class RouterAffinityTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load_spread(kBuckets,
                {.flow_seed = kSeed, .source_bits = kPrefixBits, .source_bits6 = kPrefixBits6});
    router().add_service({kOther, 0}, 0, kPool);
    router().add_service({kOther6, 0}, 0, kPool);
  }

  void place_by(rch_affinity affinity) {
    set_service_options(affinity);
    router().add_service({kOther, 0}, 0, kPool, affinity);
    router().add_service({kOther6, 0}, 0, kPool, affinity);
  }

  std::vector<uint32_t> counts_of(const Endpoint& service, const NthClient& nth_client) {
    return count_by_owner(kBuckets, kPackets,
                          [&](uint32_t n) { return Packet::tcp(nth_client(n), service); });
  }
  void expect_even(const NthClient& nth, const NthClient& nth6) {
    EXPECT_TRUE(is_even(counts_of(kService, nth)));
    EXPECT_TRUE(is_even(counts_of(kService6, nth6)));
  }
  // All to the owner of the first one.
  void expect_one_owner(const std::vector<Packet>& packets) {
    const uint32_t owner = owner_of(packets.front());
    for (const Packet& packet : packets) EXPECT_EQ(forwarded(packet, owner), send(packet));
  }
  void expect_several_owners(const std::function<Packet(uint32_t)>& nth) {
    const auto counts = count_by_owner(kBuckets, 2 * kBuckets, nth);
    EXPECT_LT(2, std::ranges::count_if(counts, [](uint32_t count) { return count > 0; }));
  }

  // Clients in a row, one address with many ports, one client of each network.
  static Endpoint sequential(uint32_t n) { return {kClient.address + n, 40000}; }
  static Endpoint sequential6(uint32_t n) { return {kClient6.address + n, 40000}; }
  static Endpoint translated(uint32_t n) {
    return {kClient.address, static_cast<uint16_t>(1024 + n)};
  }
  static Endpoint translated6(uint32_t n) {
    return {kClient6.address, static_cast<uint16_t>(1024 + n)};
  }
  static Endpoint of_network(uint32_t n) { return {host_of(kClient.address, n, 0), 40000}; }
  static Endpoint of_network6(uint32_t n) { return {host_of(kClient6.address, n, 0), 40000}; }

  static constexpr IpAddress kOther = ipv4(10, 0, 20, 1);
  static constexpr IpAddress kOther6 = ipv6(20, 1);
};

// As the control plane counts: the hash of the part alone picks the bucket.
uint32_t bucket_of(const Endpoint& client, const Endpoint& service, rch_affinity affinity) {
  const uint32_t ports = affinity == RCH_AFFINITY_SOURCE_PORTS
                             ? htons(client.port) | static_cast<uint32_t>(htons(service.port)) << 16
                             : 0;
  rch_address source = client.address.encode();
  const bool by_prefix = affinity == RCH_AFFINITY_SOURCE_PREFIX;
  if (client.address.is_ipv4()) {
    const uint32_t mask = by_prefix ? htonl(~0u << (32 - kPrefixBits)) : ~0u;
    return rch_bucket_hash(rch_source_hash(source.word[3] & mask, ports, kSeed)) % kBuckets;
  }
  if (by_prefix) {
    source.word[1] &= htonl(~0u << (64 - kPrefixBits6));
    source.word[2] = source.word[3] = 0;
  }
  return rch_bucket_hash(rch_source_hash6(&source, ports, kSeed)) % kBuckets;
}

TEST_F(RouterAffinityTest, TheProgramAndTheControlPlaneAgree) {
  for (const rch_affinity affinity : kAffinities) {
    if (affinity == RCH_AFFINITY_FLOW) continue;
    SCOPED_TRACE(affinity);
    place_by(affinity);
    for (uint32_t n = 0; n < 200; n++) {
      const auto port = static_cast<uint16_t>(1024 + n * 13);
      const Endpoint client{host_of(kClient.address, n / 3, n), port};
      const Packet packet = Packet::tcp(client, kService);
      ASSERT_EQ(forwarded(packet, bucket_of(client, kService, affinity) + 1), send(packet));
      const Endpoint client6{host_of(kClient6.address, n / 3, n), port};
      const Packet packet6 = Packet::udp(client6, kService6);
      ASSERT_EQ(forwarded(packet6, bucket_of(client6, kService6, affinity) + 1), send(packet6));
    }
  }
}

TEST_F(RouterAffinityTest, BySourceAllOfAClientGoesToOneServer) {
  place_by(RCH_AFFINITY_SOURCE);
  const Endpoint elsewhere{kClient.address, 1}, elsewhere6{kClient6.address, 1};
  expect_one_owner({Packet::tcp(kClient, kService), Packet::tcp(elsewhere, kService),
                    Packet::tcp(kClient, {kServiceAddress, 443}), Packet::udp(kClient, kService),
                    Packet::icmp(kClient.address, kServiceAddress),
                    Packet::tcp(kClient, {kOther, 25})});
  expect_one_owner(
      {Packet::tcp(kClient6, kService6), Packet::tcp(elsewhere6, kService6),
       Packet::tcp(kClient6, {kServiceAddress6, 443}), Packet::udp(kClient6, kService6),
       Packet::icmp(kClient6.address, kServiceAddress6), Packet::tcp(kClient6, {kOther6, 25})});
}

TEST_F(RouterAffinityTest, BySourceAndPortsProtocolAndServiceDoNotMatter) {
  place_by(RCH_AFFINITY_SOURCE_PORTS);
  expect_one_owner({Packet::tcp(kClient, kService), Packet::udp(kClient, kService),
                    Packet::tcp(kClient, {kOther, kService.port})});
  expect_one_owner({Packet::tcp(kClient6, kService6), Packet::udp(kClient6, kService6),
                    Packet::tcp(kClient6, {kOther6, kService6.port})});
  expect_several_owners([](uint32_t n) {
    return Packet::tcp(kClient, {kServiceAddress, static_cast<uint16_t>(n)});
  });
  expect_several_owners([](uint32_t n) {
    return Packet::tcp(kClient6, {kServiceAddress6, static_cast<uint16_t>(n)});
  });
}

TEST_F(RouterAffinityTest, ByPrefixAllOfANetworkGoesToOneServer) {
  place_by(RCH_AFFINITY_SOURCE_PREFIX);
  std::vector<Packet> packets, packets6;
  for (uint32_t host = 0; host < 200; host += 7) {
    const auto port = static_cast<uint16_t>(host * 31);
    packets.push_back(Packet::tcp({kClient.address + host, port}, kService));
    IpAddress address = kClient6.address;
    address.words[1] += host;  // of the last 8 bits of the first 64
    address.words[2] += host;
    packets6.push_back(Packet::udp({address, port}, kService6));
  }
  expect_one_owner(packets);
  expect_one_owner(packets6);
}

TEST_F(RouterAffinityTest, ByFlowAllOfItMatters) {
  place_by(RCH_AFFINITY_FLOW);
  expect_several_owners([](uint32_t n) {
    return Packet::tcp(kClient, {kServiceAddress, static_cast<uint16_t>(n)});
  });
  expect_several_owners([](uint32_t n) { return Packet::tcp(translated6(n), kService6); });
}

TEST_F(RouterAffinityTest, AnIcmpErrorGoesWhereItsClientGoes) {
  place_by(RCH_AFFINITY_SOURCE);
  for (uint32_t n = 0; n < kBuckets; n++) {
    Bytes quote = Packet::tcp(kService, sequential(n)).ip_bytes();
    expect_one_owner({Packet::tcp(sequential(n), kService),
                      Packet::icmp_error(ipv4(192, 0, 2, 99), kServiceAddress, 3, quote)});
  }
}

TEST_F(RouterAffinityTest, ClientsInARowSpread) {
  for (const rch_affinity affinity :
       {RCH_AFFINITY_FLOW, RCH_AFFINITY_SOURCE_PORTS, RCH_AFFINITY_SOURCE}) {
    SCOPED_TRACE(affinity);
    place_by(affinity);
    expect_even(sequential, sequential6);
  }
}

TEST_F(RouterAffinityTest, ThePortsOfOneAddressSpread) {
  for (const rch_affinity affinity : {RCH_AFFINITY_FLOW, RCH_AFFINITY_SOURCE_PORTS}) {
    SCOPED_TRACE(affinity);
    place_by(affinity);
    expect_even(translated, translated6);
  }
}

TEST_F(RouterAffinityTest, NetworksSpread) {
  for (const rch_affinity affinity : kAffinities) {
    SCOPED_TRACE(affinity);
    place_by(affinity);
    expect_even(of_network, of_network6);
  }
}

// Other packets than a client's stack would send are placed as any.
TEST_F(RouterAffinityTest, PortZeroAndNoFlagsAreAsAnyOthers) {
  for (const rch_affinity affinity : kAffinities) {
    SCOPED_TRACE(affinity);
    place_by(affinity);
    const Endpoint portless{kClient.address, 0}, portless6{kClient6.address, 0};
    expect_one_owner({Packet::tcp(portless, {kServiceAddress, 0}).flags(0),
                      Packet::tcp(portless, {kServiceAddress, 0}).flags(kAck)});
    expect_one_owner({Packet::tcp(portless6, {kServiceAddress6, 0}).flags(0),
                      Packet::tcp(portless6, {kServiceAddress6, 0}).flags(kAck)});
    EXPECT_TRUE(is_even(count_by_owner(kBuckets, kPackets, [](uint32_t n) {
      return Packet::tcp({of_network(n).address, 0}, {kServiceAddress, 0}).flags(0);
    })));
    EXPECT_TRUE(is_even(count_by_owner(kBuckets, kPackets, [](uint32_t n) {
      return Packet::udp({of_network6(n).address, 0}, {kServiceAddress6, 0});
    })));
  }
}

// Each service of a pool has its own.
TEST_F(RouterAffinityTest, IsOfTheServiceAndNotOfItsPool) {
  router().add_service({kOther, 0}, 0, kPool, RCH_AFFINITY_SOURCE);
  router().add_prefix(ipv4(10, 0, 30, 0), 24, kPool, RCH_AFFINITY_SOURCE);
  const Endpoint of_prefix{ipv4(10, 0, 30, 7), 80};
  expect_one_owner({Packet::tcp(translated(1), {kOther, 80}), Packet::tcp(translated(2), of_prefix),
                    Packet::tcp(translated(3), {kOther, 80})});
  expect_several_owners([](uint32_t n) { return Packet::tcp(translated(n), kService); });
}

}  // namespace
}  // namespace ricochet::test

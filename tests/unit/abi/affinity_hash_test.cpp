// SPDX-License-Identifier: Apache-2.0
//
// Flows that a part of them places: rch_source_hash, rch_source_hash6 and rch_placed_by.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

constexpr uint64_t kSeed = 42;
constexpr uint32_t kClient = 0x0a006301;  // 10.0.99.1

__be32 ports(uint32_t index) {
  return htonl(index << 16 | 80);
}

uint64_t placed_by_client(uint32_t client, __be32 ports, uint64_t seed = kSeed) {
  const __be32 source = htonl(client);
  return rch_placed_by(rch_source_hash(source, 0, seed),
                       rch_flow_hash(source, htonl(0x0a000a00), ports, IPPROTO_TCP, seed));
}

TEST(AffinityHashTest, ThePartAlonePicksTheBucket) {
  std::set<uint32_t> buckets;
  std::set<uint64_t> upper;
  for (uint32_t index = 0; index < 1'000; ++index) {
    const uint64_t hash = placed_by_client(kClient, ports(index));
    buckets.insert(rch_bucket_hash(hash));
    upper.insert(hash >> 32);
  }
  EXPECT_EQ(buckets.size(), 1u);
  EXPECT_EQ(upper.size(), 1u);
}

// A pin tells flows apart by what the bucket does not say.
TEST(AffinityHashTest, FlowsOfOneClientHaveHashesOfTheirOwn) {
  std::set<uint64_t> hashes;
  constexpr uint32_t kFlows = 10'000;
  for (uint32_t index = 0; index < kFlows; ++index)
    hashes.insert(placed_by_client(kClient, ports(index)));
  EXPECT_GE(hashes.size(), kFlows - 1);  // 32 bits are left: two may meet
}

TEST(AffinityHashTest, TheLowerHalfIsTheUpperOneOfTheFlow) {
  EXPECT_EQ(rch_placed_by(0x1111222233334444, 0x5555666677778888), 0x1111222255556666u);
}

TEST(AffinityHashTest, ClientsAreSpread) {
  constexpr uint32_t kBuckets = 8;
  constexpr uint32_t kClients = 64'000;
  std::vector<uint32_t> hits(kBuckets);
  for (uint32_t index = 0; index < kClients; ++index)
    ++hits[rch_bucket_hash(placed_by_client(kClient + index, ports(1))) & (kBuckets - 1)];
  for (const uint32_t hit : hits) EXPECT_NEAR(hit, kClients / kBuckets, 500);
}

TEST(AffinityHashTest, PortsSeedAndFamilyCount) {
  const __be32 source = htonl(kClient);
  const rch_address mapped = rch_ipv4(source);
  std::set<uint64_t> hashes;
  for (const uint64_t seed : {uint64_t{0}, kSeed}) {
    for (const __be32 of_ports : {__be32{0}, ports(1), ports(2)}) {
      hashes.insert(rch_source_hash(source, of_ports, seed));
      hashes.insert(rch_source_hash6(&mapped, of_ports, seed));
    }
  }
  EXPECT_EQ(hashes.size(), 12u);
}

TEST(AffinityHashTest, EachBitOfAnAddressOfIpv6Counts) {
  const rch_address source{{htonl(0x20010db8), 0, 0, htonl(1)}};
  const uint64_t hash = rch_source_hash6(&source, 0, kSeed);
  for (unsigned bit = 0; bit < 128; ++bit) {
    rch_address other = source;
    other.word[bit / 32] ^= 1u << bit % 32;
    EXPECT_NE(rch_bucket_hash(rch_source_hash6(&other, 0, kSeed)), rch_bucket_hash(hash)) << bit;
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// The flow hash of IPv6; that of IPv4 is tested by flow_hash_test.cpp.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <set>
#include <vector>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

// Host order.
using Words = std::array<uint32_t, 4>;

constexpr Words kClient = {0x20010db8, 0x00010000, 0, 1};
constexpr Words kService = {0x20010db8, 0x000a0000, 0, 0};

struct Flow {
  Words source = kClient;
  Words destination = kService;
  uint16_t source_port = 40000;
  uint16_t destination_port = 80;
  uint8_t protocol = IPPROTO_TCP;
};

rch_address encode(const Words& words) {
  return {{htonl(words[0]), htonl(words[1]), htonl(words[2]), htonl(words[3])}};
}

uint64_t flow_hash(const Flow& flow, uint64_t seed) {
  const rch_address source = encode(flow.source), destination = encode(flow.destination);
  const uint32_t ports =
      htons(flow.source_port) | static_cast<uint32_t>(htons(flow.destination_port)) << 16;
  return rch_flow_hash6(&source, &destination, ports, flow.protocol, seed);
}

uint32_t hash_of(const Flow& flow, uint64_t seed) {
  return rch_bucket_hash(flow_hash(flow, seed));
}

// As for IPv4: five standard deviations above the mean of chi-square is no longer chance.
void expect_even(uint32_t buckets, uint32_t flows, const std::function<Flow(uint32_t)>& nth_flow) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{0x0123456789abcdef}}) {
    std::vector<double> hits(buckets);
    for (uint32_t index = 0; index < flows; ++index)
      ++hits[hash_of(nth_flow(index), seed) & (buckets - 1)];
    const double expected = static_cast<double>(flows) / buckets;
    double chi_square = 0;
    for (const double hit : hits) chi_square += (hit - expected) * (hit - expected) / expected;
    const double freedom = buckets - 1;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom))
        << buckets << " buckets, seed " << seed;
  }
}

TEST(FlowHash6Test, SpreadsThePortsOfOneClient) {
  for (const uint32_t buckets : {8u, 16u, 256u})
    expect_even(buckets, 60'000, [](uint32_t index) {
      return Flow{.source_port = static_cast<uint16_t>(1024 + index)};
    });
}

TEST(FlowHash6Test, SpreadsSequentialClients) {
  for (const uint32_t buckets : {8u, 16u, 256u, 65536u})
    expect_even(buckets, 400'000, [](uint32_t index) {
      return Flow{.source = {kClient[0], kClient[1], kClient[2], index}};
    });
}

// Prefixes of all usual lengths, up to that of an organisation.
TEST(FlowHash6Test, SpreadsOneClientOfEachNetwork) {
  for (const unsigned shift : {0u, 8u, 16u})
    expect_even(256, 60'000, [&](uint32_t index) {
      return Flow{.source = {kClient[0], index << shift, 0, 1}};
    });
}

// As they are made of MAC addresses: ff:fe in the middle.
TEST(FlowHash6Test, SpreadsInterfaceIdentifiers) {
  expect_even(256, 60'000, [](uint32_t index) {
    return Flow{.source = {kClient[0], kClient[1], 0x021122ff, 0xfe000000 | index}};
  });
}

TEST(FlowHash6Test, EachBitOfTheClientReachesEachBitOfTheHash) {
  constexpr unsigned kSamples = 4'000;
  constexpr unsigned kInputs = 128 + 16;
  std::mt19937_64 random(1);  // repeatable on purpose
  const auto word = [&] { return static_cast<uint32_t>(random()); };
  for (unsigned input = 0; input < kInputs; ++input) {
    std::vector<unsigned> flips(32);
    for (unsigned sample = 0; sample < kSamples; ++sample) {
      const Flow flow{.source = {word(), word(), word(), word()},
                      .destination = {word(), word(), word(), word()},
                      .source_port = static_cast<uint16_t>(word())};
      Flow other = flow;
      if (input < 128)
        other.source[input / 32] ^= 1u << input % 32;
      else
        other.source_port = static_cast<uint16_t>(other.source_port ^ 1u << (input - 128));
      const uint32_t changed = hash_of(flow, 0) ^ hash_of(other, 0);
      for (unsigned output = 0; output < 32; ++output) flips[output] += changed >> output & 1;
    }
    for (unsigned output = 0; output < 32; ++output)
      EXPECT_NEAR(static_cast<double>(flips[output]) / kSamples, 0.5, 0.06)
          << "input bit " << input << ", output bit " << output;
  }
}

TEST(FlowHash6Test, EachBitOfServiceAndSeedMatters) {
  std::mt19937_64 random(1);  // repeatable on purpose
  for (unsigned sample = 0; sample < 300; ++sample) {
    const uint64_t seed = random();
    const Flow flow{.source_port = static_cast<uint16_t>(random())};
    for (unsigned bit = 0; bit < 128; ++bit) {
      Flow other = flow;
      other.destination[bit / 32] ^= 1u << bit % 32;
      EXPECT_NE(hash_of(flow, seed), hash_of(other, seed)) << "bit " << bit;
    }
    for (unsigned bit = 0; bit < 8; ++bit) {
      Flow other = flow;
      other.protocol = static_cast<uint8_t>(other.protocol ^ 1u << bit);
      EXPECT_NE(hash_of(flow, seed), hash_of(other, seed)) << "bit " << bit;
    }
    for (unsigned bit = 0; bit < 64; ++bit)
      EXPECT_NE(hash_of(flow, seed), hash_of(flow, seed ^ uint64_t{1} << bit)) << "bit " << bit;
  }
}

// A pin has 44 bits of the hash and the rest picks its set: all of the hash is the name of a flow.
TEST(FlowHash6Test, FlowsHaveHashesOfTheirOwn) {
  std::set<uint64_t> hashes;
  constexpr uint32_t kFlows = 200'000;
  for (uint32_t index = 0; index < kFlows; ++index)
    hashes.insert(flow_hash({.source = {kClient[0], index % 7, index % 5, index}}, 1));
  EXPECT_EQ(hashes.size(), kFlows);
}

// All routers of a fleet, of whatever version, must send a flow the same way.
TEST(FlowHash6Test, IsTheSameInEveryVersion) {
  EXPECT_EQ(hash_of(Flow{}, 0), 1170525104u);
  EXPECT_EQ(hash_of(Flow{}, 42), 2627576884u);
  EXPECT_EQ(hash_of(Flow{.source_port = 40001}, 0), 1712180077u);
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

struct Flow {
  uint32_t source = 0x0a006301;       // 10.0.99.1
  uint32_t destination = 0x0a000a00;  // 10.0.10.0
  uint16_t source_port = 40000;
  uint16_t destination_port = 80;
  uint8_t protocol = IPPROTO_TCP;
};

uint32_t hash_of(const Flow& flow, uint64_t seed) {
  const struct {
    __be16 source = 0;
    __be16 destination = 0;
  } ports{htons(flow.source_port), htons(flow.destination_port)};
  __be32 word = 0;
  static_assert(sizeof(ports) == sizeof(word));
  std::memcpy(&word, &ports, sizeof(word));
  return rch_bucket_hash(
      rch_flow_hash(htonl(flow.source), htonl(flow.destination), word, flow.protocol, seed));
}

// Whether the flows spread over `buckets` as evenly as chance would have it. Chi-square has mean
// n - 1 and variance 2 (n - 1); five standard deviations above is no longer chance. (Below is
// welcome.)
void expect_even(uint32_t buckets, uint32_t flows, const std::function<Flow(uint32_t)>& nth_flow) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{0x0123456789abcdef}}) {
    std::vector<double> hits(buckets);
    for (uint32_t index = 0; index < flows; ++index) {
      ++hits[hash_of(nth_flow(index), seed) & (buckets - 1)];
    }
    const double expected = static_cast<double>(flows) / buckets;
    double chi_square = 0;
    for (const double hit : hits) chi_square += (hit - expected) * (hit - expected) / expected;
    const double freedom = buckets - 1;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom))
        << buckets << " buckets, seed " << seed;
  }
}

Flow with_port(uint32_t index) {
  return {.source_port = static_cast<uint16_t>(1024 + index)};
}

Flow with_client(uint32_t index) {
  return {.source = 0x0a000001 + index};
}

Flow with_client_and_port(uint32_t index) {
  return {.source = 0x0a006301 + index / 1000,
          .source_port = static_cast<uint16_t>(32768 + index % 1000)};
}

TEST(FlowHashTest, SpreadsThePortsOfOneClient) {
  for (const uint32_t buckets : {8u, 16u, 256u}) expect_even(buckets, 60'000, with_port);
}

// Linux gives a client's connections to one server every second port.
TEST(FlowHashTest, SpreadsEverySecondPort) {
  for (const uint32_t buckets : {8u, 16u, 256u}) {
    expect_even(buckets, 14'000, [](uint32_t index) { return with_port(31'744 + 2 * index); });
  }
}

TEST(FlowHashTest, SpreadsClientsWithOnePort) {
  for (const uint32_t buckets : {8u, 16u, 256u, 65536u}) {
    expect_even(buckets, 400'000, with_client);
  }
}

TEST(FlowHashTest, SpreadsManyClientsWithManyPorts) {
  for (const uint32_t buckets : {8u, 16u, 256u, 65536u}) {
    expect_even(buckets, 400'000, with_client_and_port);
  }
}

TEST(FlowHashTest, SpreadsTheFlowsOfEachNetwork) {
  for (const unsigned shift : {8u, 16u}) {
    expect_even(8, 60'000, [&](uint32_t index) { return Flow{.source = index << shift}; });
  }
}

// Each bit of what a client chooses flips each bit of the hash half of the time.
TEST(FlowHashTest, EachBitOfTheClientReachesEachBitOfTheHash) {
  constexpr unsigned kSamples = 20'000;
  std::mt19937_64 random(1);  // repeatable on purpose
  for (unsigned input = 0; input < 64; ++input) {
    std::vector<unsigned> flips(32);
    for (unsigned sample = 0; sample < kSamples; ++sample) {
      const auto source = static_cast<__be32>(random());
      const auto ports = static_cast<__be32>(random());
      const auto destination = static_cast<__be32>(random());
      const __be32 other_source = input < 32 ? source ^ 1u << input : source;
      const __be32 other_ports = input < 32 ? ports : ports ^ 1u << (input - 32);
      const __u32 changed =
          rch_bucket_hash(rch_flow_hash(source, destination, ports, IPPROTO_TCP, 0)) ^
          rch_bucket_hash(rch_flow_hash(other_source, destination, other_ports, IPPROTO_TCP, 0));
      for (unsigned output = 0; output < 32; ++output) flips[output] += changed >> output & 1;
    }
    for (unsigned output = 0; output < 32; ++output) {
      EXPECT_NEAR(static_cast<double>(flips[output]) / kSamples, 0.5, 0.025)
          << "input bit " << input << ", output bit " << output;
    }
  }
}

TEST(FlowHashTest, EachBitOfServiceAndSeedMatters) {
  std::mt19937_64 random(1);  // repeatable on purpose
  for (unsigned sample = 0; sample < 1'000; ++sample) {
    const Flow flow{.source = static_cast<uint32_t>(random()),
                    .destination = static_cast<uint32_t>(random())};
    const uint64_t seed = random();
    for (unsigned bit = 0; bit < 32; ++bit) {
      Flow other = flow;
      other.destination ^= 1u << bit;
      EXPECT_NE(hash_of(flow, seed), hash_of(other, seed)) << "bit " << bit;
    }
    for (unsigned bit = 0; bit < 8; ++bit) {
      Flow other = flow;
      other.protocol = static_cast<uint8_t>(other.protocol ^ 1u << bit);
      EXPECT_NE(hash_of(flow, seed), hash_of(other, seed)) << "bit " << bit;
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
      EXPECT_NE(hash_of(flow, seed), hash_of(flow, seed ^ uint64_t{1} << bit)) << "bit " << bit;
    }
  }
}

// Flows that share a bucket under one seed part under another.
TEST(FlowHashTest, TheSeedChoosesWhoShareABucket) {
  constexpr size_t kBuckets = 8;
  std::vector<unsigned> hits(kBuckets * kBuckets);
  constexpr uint32_t kFlows = 64'000;
  for (uint32_t index = 0; index < kFlows; ++index) {
    const Flow flow = with_client_and_port(index);
    ++hits[(hash_of(flow, 1) & (kBuckets - 1)) * kBuckets + (hash_of(flow, 2) & (kBuckets - 1))];
  }
  for (const unsigned hit : hits) EXPECT_NEAR(hit, kFlows / 64.0, 200);
}

// All routers of a fleet, of whatever version, must send a flow the same way.
TEST(FlowHashTest, IsTheSameInEveryVersion) {
  EXPECT_EQ(hash_of(Flow{}, 0), 1779267647u);
  EXPECT_EQ(hash_of(Flow{}, 42), 2137217939u);
  EXPECT_EQ(hash_of(Flow{.source_port = 40001}, 0), 2543370090u);
}

}  // namespace
}  // namespace ricochet

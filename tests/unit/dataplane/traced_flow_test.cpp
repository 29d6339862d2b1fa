// SPDX-License-Identifier: Apache-2.0
#include "dataplane/traced_flow.h"

#include <gtest/gtest.h>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

// Only what a hash needs.
class Constants final : public LiveTables {
 public:
  uint64_t flow_seed() const override { return 5; }
  rch_address source_mask(bool ipv4) const override {
    const rch_address mask6{{~0u, __constant_htonl(0xffff0000), 0, 0}};
    return ipv4 ? rch_ipv4(__constant_htonl(0xffffff00)) : mask6;
  }
  bool forwards_by_fib() const override { return false; }
  std::optional<rch_service> service(const ServiceKey&) const override { return std::nullopt; }
  std::optional<PrefixMatch> prefix(Address) const override { return std::nullopt; }
  uint64_t pool_word(rch_pool_index) const override { return 0; }
  rch_bucket bucket(uint32_t) const override { return 0; }
  uint64_t pin(uint64_t) const override { return 0; }
  std::optional<uint64_t> kept_flow(uint64_t) const override { return std::nullopt; }
  rch_backend backend(uint16_t) const override { return {}; }
  std::optional<rch_nexthop> neighbour(Address) const override { return std::nullopt; }
  bool is_port(uint32_t) const override { return false; }
  std::string interface_name(uint32_t) const override { return {}; }
};

TracedPacket packet(const char* source, uint16_t port = 40000, uint16_t destination_port = 80) {
  const Address address = *Address::parse(source);
  const char* destination = address.is_ipv4() ? "10.0.10.0" : "2001:db8::1";
  return {.source = address,
          .source_port = port,
          .destination = *Address::parse(destination),
          .destination_port = destination_port};
}

uint32_t bucket_hash(const TracedPacket& packet, uint32_t affinity) {
  return rch_bucket_hash(hash_flow(Constants(), packet, affinity));
}

struct Pair {
  uint32_t affinity;
  TracedPacket first;
  TracedPacket second;
};

TEST(TracedFlowTest, WhatDoesNotCountDoesNotMove) {
  const Pair pairs[] = {
      {RCH_AFFINITY_SOURCE, packet("10.1.0.9"), packet("10.1.0.9", 40001, 81)},
      {RCH_AFFINITY_SOURCE, packet("2001:db8::9"), packet("2001:db8::9", 40001, 81)},
      {RCH_AFFINITY_SOURCE_PREFIX, packet("10.1.0.9"), packet("10.1.0.10", 7)},
      {RCH_AFFINITY_SOURCE_PREFIX, packet("2001:db8:0:1::9"), packet("2001:db8:0:2::1")},
  };
  for (const auto& [affinity, first, second] : pairs) {
    EXPECT_EQ(bucket_hash(first, affinity), bucket_hash(second, affinity)) << affinity;
    EXPECT_NE(hash_flow(Constants(), first, affinity), hash_flow(Constants(), second, affinity));
  }
}

TEST(TracedFlowTest, WhatCountsMoves) {
  const Pair pairs[] = {
      {RCH_AFFINITY_FLOW, packet("10.1.0.9"), packet("10.1.0.9", 40001)},
      {RCH_AFFINITY_SOURCE_PORTS, packet("10.1.0.9"), packet("10.1.0.9", 40001)},
      {RCH_AFFINITY_SOURCE_PORTS, packet("2001:db8::9"), packet("2001:db8::9", 40000, 81)},
      {RCH_AFFINITY_SOURCE, packet("10.1.0.9"), packet("10.1.0.10")},
      {RCH_AFFINITY_SOURCE_PREFIX, packet("10.1.0.9"), packet("10.1.1.9")},
      {RCH_AFFINITY_SOURCE_PREFIX, packet("2001:db8:1::9"), packet("2001:db8:2::9")},
  };
  for (const auto& [affinity, first, second] : pairs) {
    EXPECT_NE(bucket_hash(first, affinity), bucket_hash(second, affinity)) << affinity;
  }
}

TEST(TracedFlowTest, TheAddressOfTheServiceIsNoPartOfTheClients) {
  TracedPacket other = packet("10.1.0.9");
  other.destination = *Address::parse("10.0.10.1");
  EXPECT_EQ(bucket_hash(packet("10.1.0.9"), RCH_AFFINITY_SOURCE_PORTS),
            bucket_hash(other, RCH_AFFINITY_SOURCE_PORTS));
  EXPECT_NE(bucket_hash(packet("10.1.0.9"), RCH_AFFINITY_FLOW),
            bucket_hash(other, RCH_AFFINITY_FLOW));
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Affinity, kept flows and QUIC: what is refused, and how a change of them is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/difference.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Backend backend(uint32_t number, const char* quic_id) {
  return {.address = Address::from_ipv4_host_order(0x0a000000 + number),
          .quic_id = *QuicId::parse(quic_id)};
}

Configuration with(std::vector<Backend> backends, const char* service, ServiceOptions options) {
  Configuration configuration;
  configuration.pools["web"].backends = std::move(backends);
  configuration.services[*parse_service_key(service)] = {.pool = "web", .options = options};
  return configuration;
}

std::string complaint(const Configuration& configuration) {
  const auto valid = validate(configuration);
  return valid ? "" : valid.error().message;
}

TEST(ServiceOptionsTest, DatagramsAreNoMatterOfTcp) {
  constexpr ServiceOptions kKept{.keep_flows = true};
  constexpr ServiceOptions kQuic{.quic = true};
  for (const char* service : {"10.0.10.0:443/udp", "10.0.10.0", "10.0.10.0/24"}) {
    EXPECT_EQ(complaint(with({}, service, kKept)), "");
    EXPECT_EQ(complaint(with({}, service, kQuic)), "");
  }
  EXPECT_THAT(complaint(with({}, "10.0.10.0:443/tcp", kKept)),
              StartsWith("services.10.0.10.0:443/tcp.keep_flows: keep_flows is for UDP"));
  EXPECT_THAT(complaint(with({}, "10.0.10.0:443/tcp", kQuic)),
              StartsWith("services.10.0.10.0:443/tcp.quic: quic is for UDP"));
  EXPECT_EQ(complaint(with({}, "10.0.10.0:443/tcp", {.affinity = Affinity::source})), "");
}

TEST(ServiceOptionsTest, QuicIdsOfAPoolHaveOneLength) {
  EXPECT_EQ(complaint(with({backend(1, "01:02"), backend(2, "01:03")}, "10.0.10.0", {})), "");
  EXPECT_EQ(complaint(with({backend(1, "01:02"), backend(2, "03")}, "10.0.10.0", {})),
            "pools.web.backends.10.0.0.2.quic_id: 03 and 01:02, the ID of backend 10.0.0.1, are "
            "not of the same length: give all backends of a pool as many octets");
}

TEST(ServiceOptionsTest, QuicIdsOfAPoolDiffer) {
  Configuration twice = with({backend(1, "01"), backend(2, "01")}, "10.0.10.0", {});
  EXPECT_EQ(complaint(twice),
            "pools.web.backends.10.0.0.2.quic_id: backend 10.0.0.1 has the ID 01 already: give "
            "each backend of a pool its own");
  twice.pools["other"].backends = {backend(1, "01"), twice.pools["web"].backends[0]};
  twice.pools["web"].backends.pop_back();
  twice.pools["other"].backends.pop_back();
  EXPECT_EQ(complaint(twice), "");
}

TEST(ServiceOptionsTest, ThereAreNoMoreQuicIdsThanTheRouterHolds) {
  Configuration full;
  for (size_t i = 0; i <= kQuicIdsMax; ++i) {
    const auto number = static_cast<uint32_t>(i % kBackendsMax);
    const std::string pool = i < kBackendsMax ? "first" : "second";
    Backend one = backend(number + 1, "00:00");
    one.quic_id = *QuicId::parse(fmt::format("{:02x}:{:02x}", number >> 8, number & 0xff));
    full.pools[pool].backends.push_back(one);
  }
  EXPECT_THAT(complaint(full), HasSubstr("at most 4096 quic_id of all pools together"));
  full.pools.erase("second");
  EXPECT_EQ(complaint(full), "");
}

TEST(ServiceOptionsTest, AChangeTellsWhatDiffers) {
  const Configuration plain = with({backend(1, "01")}, "10.0.10.0", {});
  const Configuration other =
      with({backend(1, "02")}, "10.0.10.0", {.affinity = Affinity::source, .keep_flows = true});
  EXPECT_THAT(describe(difference(plain, other)),
              ElementsAre("~ pool web: backend 10.0.0.1 quic_id 01 -> 02",
                          "~ service 10.0.10.0: affinity flow -> source keep_flows false -> true"));
  EXPECT_THAT(describe(difference({}, other)),
              ElementsAre("+ pool web", "+ pool web: backend 10.0.0.1 quic_id 02",
                          "+ service 10.0.10.0 to web affinity source keep_flows"));
}

}  // namespace
}  // namespace ricochet

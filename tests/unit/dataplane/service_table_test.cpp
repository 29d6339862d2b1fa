// SPDX-License-Identifier: Apache-2.0
#include "dataplane/service_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/encode.h"
#include "util/fd.h"

namespace ricochet {
namespace {

using ::testing::UnorderedElementsAre;

ServiceKey service(const char* text) {
  return *parse_service_key(text);
}

// A file stands for the map: what counts is that both are mapped.
class ServiceTableTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kSets = 2;

  void SetUp() override { ASSERT_EQ(0, ::ftruncate(file_.get(), kSets * sizeof(rch_word_set))); }
  [[nodiscard]] WordTable words() const { return *WordTable::map(file_.get(), kSets); }
  [[nodiscard]] ServiceTable open() const { return {words(), {"services6", -1}}; }
  // Whether packets without a port find out that the address has services by port.
  [[nodiscard]] bool has_ports(const char* address) const {
    const auto key = rch_service_address_key(Address::parse(address)->ipv4_network_order());
    const auto entries = words().entries();
    return std::ranges::any_of(entries, [&](const auto& entry) { return entry.first == key; });
  }

  Fd file_{::memfd_create("services", MFD_CLOEXEC)};
};

TEST_F(ServiceTableTest, SaysWhichAddressesHaveServicesByPort) {
  ServiceTable table = open();
  ASSERT_TRUE(table.set(service("10.0.10.0:80/tcp"), 1));
  ASSERT_TRUE(table.set(service("10.0.10.0:80/tcp"), 2));
  ASSERT_TRUE(table.set(service("10.0.10.0:53/udp"), 1));
  ASSERT_TRUE(table.set(service("10.0.11.0"), 1));
  EXPECT_THAT(table.services(),
              UnorderedElementsAre(service("10.0.10.0:80/tcp"), service("10.0.10.0:53/udp"),
                                   service("10.0.11.0")));
  EXPECT_TRUE(has_ports("10.0.10.0"));
  EXPECT_FALSE(has_ports("10.0.11.0"));

  table.remove(service("10.0.10.0:80/tcp"));
  EXPECT_TRUE(has_ports("10.0.10.0"));
  table.remove(service("10.0.10.0"));
  EXPECT_TRUE(has_ports("10.0.10.0"));
  table.remove(service("10.0.10.0:53/udp"));
  EXPECT_FALSE(has_ports("10.0.10.0"));
  EXPECT_THAT(words().entries(), ::testing::SizeIs(1));
}

TEST_F(ServiceTableTest, HoldsTheOptionsOfAService) {
  const rch_service target = rch_service_of(
      RCH_POOLS_MAX - 1, RCH_SERVICE_AFFINITY | RCH_SERVICE_KEEP_FLOWS | RCH_SERVICE_QUIC);
  ServiceTable table = open();
  ASSERT_TRUE(table.set(service("10.0.11.0"), 1));
  ASSERT_TRUE(table.set(service("10.0.11.0"), target));
  EXPECT_THAT(words().entries(),
              UnorderedElementsAre(::testing::Pair(encode_service(service("10.0.11.0")), target)));
}

TEST_F(ServiceTableTest, GoesOnWithWhatItFinds) {
  ASSERT_TRUE(open().set(service("10.0.10.0:80/tcp"), 1));
  ServiceTable table = open();
  ASSERT_TRUE(table.set(service("10.0.10.0:443/tcp"), 1));
  table.remove(service("10.0.10.0:443/tcp"));
  EXPECT_TRUE(has_ports("10.0.10.0"));
  table.remove(service("10.0.10.0:80/tcp"));
  EXPECT_FALSE(has_ports("10.0.10.0"));
}

TEST_F(ServiceTableTest, TakesOverATableWithoutAddresses) {
  WordTable earlier = words();
  ASSERT_TRUE(earlier.set(encode_service(service("10.0.10.0:80/tcp")), 1));
  const ServiceTable table = open();
  EXPECT_TRUE(has_ports("10.0.10.0"));
  EXPECT_THAT(table.services(), UnorderedElementsAre(service("10.0.10.0:80/tcp")));
}

TEST_F(ServiceTableTest, ForgetsAnAddressWithoutServices) {
  const auto address = Address::parse("10.0.10.0")->ipv4_network_order();
  ASSERT_TRUE(words().set(rch_service_address_key(address), 0));
  EXPECT_TRUE(open().services().empty());
  EXPECT_FALSE(has_ports("10.0.10.0"));
}

TEST_F(ServiceTableTest, LeavesNothingOfAServiceThatDoesNotFit) {
  ServiceTable table = open();
  std::set<ServiceKey> kept;
  for (uint16_t n = 1; n <= 2 * RCH_SET_WORDS; ++n) {
    ServiceKey key = service("10.0.0.0:80/tcp");
    key.prefix = *Prefix::make(Address::from_ipv4_host_order(n), 32);
    if (table.set(key, 1)) kept.insert(key);
  }
  EXPECT_EQ(kept.size(), RCH_SET_WORDS);
  EXPECT_EQ(table.services(), kept);
  EXPECT_THAT(words().entries(), ::testing::SizeIs(2 * RCH_SET_WORDS));
}

}  // namespace
}  // namespace ricochet

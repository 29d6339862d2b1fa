// SPDX-License-Identifier: Apache-2.0
#include "model/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_configuration.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Backend backend(std::string_view address, uint32_t weight = 1) {
  return {.address = *Address::parse(address), .weight = weight};
}

Configuration with_pool(std::vector<Backend> backends, TableOptions table = {}) {
  Configuration configuration;
  configuration.pools["web"] = {.table = table, .backends = std::move(backends)};
  return configuration;
}

std::vector<std::string> described(const Configuration& before, const Configuration& after) {
  return describe(difference(before, after));
}

TEST(DifferenceTest, AppliedToTheOneGivesTheOther) {
  RandomConfigurations random(3);
  Configuration configuration = random.next();
  for (int i = 0; i < 300; ++i) {
    const Configuration after = random.next();
    apply(difference(configuration, after), configuration);
    ASSERT_EQ(configuration, after);
  }
}

TEST(DifferenceTest, HasOnlyWhatDiffersWithBothSides) {
  RandomConfigurations random(4);
  for (int i = 0; i < 300; ++i) {
    const Configuration before = random.next();
    const Configuration after = random.next();
    const Difference found = difference(before, after);
    EXPECT_EQ(found.empty(), before == after);
    EXPECT_TRUE(difference(before, before).empty());
    for (const auto& [name, change] : found.pools) {
      const auto in = [&name = name](const Configuration& configuration) {
        const auto pool = configuration.pools.find(name);
        return pool == configuration.pools.end() ? std::nullopt : std::optional(pool->second);
      };
      EXPECT_EQ(change, (Change<Pool>{in(before), in(after)}));
      EXPECT_NE(change.before, change.after);
    }
  }
}

TEST(DifferenceTest, CanBeTakenBack) {
  RandomConfigurations random(5);
  for (int i = 0; i < 100; ++i) {
    const Configuration before = random.next();
    const Configuration after = random.next();
    Configuration configuration = after;
    apply(difference(after, before), configuration);
    EXPECT_EQ(configuration, before);
  }
}

TEST(DifferenceTest, TwoStepsJoinToOne) {
  RandomConfigurations random(6);
  for (int i = 0; i < 300; ++i) {
    const Configuration first = random.next();
    const Configuration second = random.next();
    const Configuration third = random.next();
    EXPECT_EQ(join(difference(first, second), difference(second, third)), difference(first, third));
    EXPECT_TRUE(join(difference(first, second), difference(second, first)).empty());
  }
}

TEST(DifferenceTest, IsDescribedWhereverThereIsOne) {
  RandomConfigurations random(7);
  for (int i = 0; i < 300; ++i) {
    const Configuration before = random.next();
    const Configuration after = random.next();
    if (before == after) continue;
    EXPECT_THAT(described(before, after), Not(IsEmpty()));
    EXPECT_THAT(described(before, before), IsEmpty());
  }
}

TEST(DifferenceTest, DescribesServices) {
  Configuration before;
  before.services[*parse_service_key("10.0.10.0:80/tcp")].pool = "web";
  before.services[*parse_service_key("10.0.11.0")].pool = "web";
  Configuration after;
  after.services[*parse_service_key("10.0.10.0:80/tcp")].pool = "shelf";
  after.services[*parse_service_key("10.0.12.0/24")].pool = "web";
  EXPECT_THAT(described(before, after),
              ElementsAre("~ service 10.0.10.0:80/tcp to shelf", "- service 10.0.11.0",
                          "+ service 10.0.12.0/24 to web"));
}

TEST(DifferenceTest, DescribesOptionsOfServices) {
  const ServiceKey key = *parse_service_key("10.0.10.0:53/udp");
  const auto with = [&key](const Service& service) {
    Configuration configuration;
    configuration.services[key] = service;
    return configuration;
  };
  const Configuration plain = with({"dns"});
  const Configuration all =
      with({"dns", {.affinity = Affinity::source, .keep_flows = true, .quic = true}});
  EXPECT_THAT(described(plain, with({"dns", {.affinity = Affinity::source}})),
              ElementsAre("~ service 10.0.10.0:53/udp: affinity flow -> source"));
  EXPECT_THAT(described(all, plain),
              ElementsAre("~ service 10.0.10.0:53/udp: affinity source -> flow keep_flows true -> "
                          "false quic true -> false"));
  EXPECT_THAT(described(plain, with({"other", {.keep_flows = true}})),
              ElementsAre("~ service 10.0.10.0:53/udp to other: keep_flows false -> true"));
  EXPECT_THAT(described({}, all),
              ElementsAre("+ service 10.0.10.0:53/udp to dns affinity source keep_flows quic"));
  EXPECT_THAT(described(all, {}), ElementsAre("- service 10.0.10.0:53/udp"));
}

TEST(DifferenceTest, DescribesQuicIds) {
  Backend named = backend("10.0.0.1");
  named.quic_id = *QuicId::parse("0a:01");
  EXPECT_THAT(described(with_pool({backend("10.0.0.1")}), with_pool({named})),
              ElementsAre("~ pool web: backend 10.0.0.1 quic_id none -> 0a:01"));
  EXPECT_THAT(described(with_pool({}), with_pool({named})),
              ElementsAre("+ pool web: backend 10.0.0.1 quic_id 0a:01"));
}

TEST(DifferenceTest, DescribesNeighbours) {
  const Address address = *Address::parse("10.0.0.9");
  Configuration before;
  Configuration after;
  after.neighbours[address] = {"eth1", *MacAddress::parse("02:00:00:00:01:09")};
  EXPECT_THAT(described(before, after),
              ElementsAre("+ neighbour 10.0.0.9 on eth1 with 02:00:00:00:01:09"));
  EXPECT_THAT(described(after, before), ElementsAre("- neighbour 10.0.0.9"));
  before.neighbours[address] = {"eth0", *MacAddress::parse("02:00:00:00:01:09")};
  EXPECT_THAT(described(before, after),
              ElementsAre("~ neighbour 10.0.0.9 on eth1 with 02:00:00:00:01:09"));
}

TEST(DifferenceTest, DescribesPoolsBackendByBackend) {
  const Configuration before = with_pool({backend("10.0.0.1"), backend("10.0.0.2")});
  const Configuration after = with_pool({backend("10.0.0.1", 3), backend("10.0.0.3", 2), Backend{}},
                                        {.placement = Placement::modulo, .buckets = 8});
  EXPECT_THAT(
      described(before, after),
      ElementsAre("~ pool web: placement maglev -> modulo buckets 65536 -> 8",
                  "~ pool web: backend 10.0.0.1 weight 1 -> 3", "- pool web: backend 10.0.0.2",
                  "+ pool web: backend 10.0.0.3 weight 2", "+ pool web: backend connected"));
  EXPECT_THAT(described({}, before), ElementsAre("+ pool web", "+ pool web: backend 10.0.0.1",
                                                 "+ pool web: backend 10.0.0.2"));
  EXPECT_THAT(described(before, {}), ElementsAre("- pool web"));
}

TEST(DifferenceTest, TheOrderOfBackendsCounts) {
  EXPECT_THAT(described(with_pool({backend("10.0.0.1"), backend("10.0.0.2")}),
                        with_pool({backend("10.0.0.2"), backend("10.0.0.1")})),
              ElementsAre("~ pool web: order of the backends"));
}

}  // namespace
}  // namespace ricochet

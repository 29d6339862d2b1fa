// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/configuration.h"
#include "model/limits.h"
#include "random_configuration.h"

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Backend backend(std::string_view address, uint32_t weight = 1) {
  return {.address = *Address::parse(address), .weight = weight};
}

Backend nth_backend(uint32_t index) {
  return {.address = Address::from_ipv4_host_order(0x0a000001 + index)};
}

Prefix nth_prefix(uint32_t index) {
  return *Prefix::make(Address::from_ipv4_host_order((10u << 24) + (index << 8)), 24);
}

Configuration with_pool(std::string name, Pool pool) {
  Configuration configuration;
  configuration.pools.emplace(std::move(name), std::move(pool));
  return configuration;
}

Configuration with_backends(std::vector<Backend> backends) {
  return with_pool("web", {.table = {}, .backends = std::move(backends)});
}

Configuration with_keys(const std::vector<ServiceKey>& keys) {
  Configuration configuration = with_pool("web", {});
  for (const ServiceKey& key : keys) configuration.services[key].pool = "web";
  return configuration;
}

Configuration with_services(const std::vector<const char*>& texts) {
  std::vector<ServiceKey> keys;
  for (const char* text : texts) keys.push_back(*parse_service_key(text));
  return with_keys(keys);
}

// "pools.web.buckets: 3 buckets: ..." or nothing.
std::string complaint(const Configuration& configuration) {
  const auto valid = validate(configuration);
  return valid ? "" : valid.error().message;
}

TEST(ValidateTest, AcceptsWhatAnOperatorMayWant) {
  RandomConfigurations random(8);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(complaint(random.next()), "");
  EXPECT_EQ(complaint({}), "");
  EXPECT_EQ(complaint(with_services({"10.0.10.0", "10.0.10.0:80/tcp", "10.0.10.0:80/udp",
                                     "10.0.10.0:81-90/tcp", "10.0.10.0/24", "0.0.0.0/0"})),
            "");
}

TEST(ValidateTest, APoolHasAName) {
  for (const std::string& name :
       std::vector<std::string>{"a", "web", "A.b-c_9", "_", "9", std::string(63, 'x')}) {
    EXPECT_EQ(complaint(with_pool(name, {})), "") << name;
  }
  for (const std::string& name :
       std::vector<std::string>{"", ".a", "-a", "a b", "a/b", "ü", std::string(64, 'x')}) {
    EXPECT_NE(complaint(with_pool(name, {})), "") << name;
  }
}

TEST(ValidateTest, BucketsAreAPowerOfTwo) {
  for (const uint32_t buckets : {1u, 2u, 65536u, kBucketsMax}) {
    EXPECT_EQ(complaint(with_pool("web", {.table = {.buckets = buckets}, .backends = {}})), "");
  }
  for (const uint32_t buckets : {0u, 3u, 65535u, kBucketsMax * 2}) {
    EXPECT_THAT(complaint(with_pool("web", {.table = {.buckets = buckets}, .backends = {}})),
                AllOf(HasSubstr(fmt::format("pools.web.buckets: {} buckets", buckets)),
                      HasSubstr("power of two from 1 to 16777216")));
  }
}

TEST(ValidateTest, HistoryHasADepth) {
  for (const uint32_t depth : {2u, 3u, 4u}) {
    EXPECT_EQ(complaint(with_pool("web", {.table = {.history_depth = depth}, .backends = {}})), "");
  }
  for (const uint32_t depth : {0u, 1u, 5u}) {
    EXPECT_THAT(complaint(with_pool("web", {.table = {.history_depth = depth}, .backends = {}})),
                AllOf(HasSubstr("pools.web.history_depth: "), HasSubstr("2 to 4")));
  }
}

TEST(ValidateTest, WeightsHaveARange) {
  EXPECT_EQ(complaint(with_backends({backend("10.0.1.1", kWeightMax)})), "");
  for (const uint32_t weight : {0u, kWeightMax + 1}) {
    EXPECT_THAT(
        complaint(with_backends({backend("10.0.1.1", weight)})),
        AllOf(HasSubstr(fmt::format("pools.web.backends.10.0.1.1.weight: weight {}", weight)),
              HasSubstr("1 to 256")));
  }
}

TEST(ValidateTest, ABackendIsInAPoolOnce) {
  EXPECT_THAT(complaint(with_backends({backend("10.0.1.1"), backend("10.0.1.1", 2)})),
              HasSubstr("pools.web.backends.10.0.1.1: backend 10.0.1.1 is there twice"));
  EXPECT_THAT(complaint(with_backends({Backend{}, Backend{}})),
              HasSubstr("backend connected is there twice"));
}

TEST(ValidateTest, ABackendHasTheAddressOfAMachine) {
  for (const char* address : {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"}) {
    EXPECT_THAT(complaint(with_backends({backend(address)})),
                AllOf(HasSubstr(address), HasSubstr("connected")));
  }
  EXPECT_EQ(complaint(with_backends({backend("223.255.255.255")})), "");
}

TEST(ValidateTest, AMachineIsTheSameInEveryPool) {
  const auto complaint_of = [](const Backend& in_one, const Backend& in_other) {
    Configuration configuration;
    configuration.pools["one"].backends = {in_one};
    configuration.pools["two"].backends = {in_other};
    return complaint(configuration);
  };
  Backend changed = backend("10.0.1.1", 7);
  changed.state = BackendState::draining;
  EXPECT_EQ(complaint_of(backend("10.0.1.1"), changed), "") << "weight and draining are the pool's";
  changed.state = BackendState::dead;
  EXPECT_THAT(complaint_of(backend("10.0.1.1"), changed),
              AllOf(HasSubstr("pools.two.backends.10.0.1.1"), HasSubstr("another state `dead`"),
                    HasSubstr("in pool one")));
  changed.state = BackendState::active;
  changed.agent = AgentUse::none;
  EXPECT_THAT(complaint_of(backend("10.0.1.1"), changed), HasSubstr("another agent"));
}

TEST(ValidateTest, PortAndProtocolGoTogether) {
  const Prefix host = *Prefix::parse("10.0.10.0");
  EXPECT_THAT(complaint(with_keys({{.prefix = host, .port = 80}})), HasSubstr("add tcp or udp"));
  EXPECT_THAT(complaint(with_keys({{.prefix = host, .protocol = Protocol::tcp}})),
              HasSubstr("needs a port"));
  EXPECT_THAT(complaint(with_keys(
                  {{.prefix = host, .port = 80, .last_port = 80, .protocol = Protocol::tcp}})),
              HasSubstr("ends before it begins"));
}

TEST(ValidateTest, APortIsOfASingleAddress) {
  EXPECT_THAT(complaint(with_services({"10.0.10.0/31:80/tcp"})),
              AllOf(HasSubstr("services.10.0.10.0/31:80/tcp"), HasSubstr("/32")));
  EXPECT_THAT(complaint(with_services({"[2001:db8::/64]:80/tcp"})),
              AllOf(HasSubstr("services.[2001:db8::/64]:80/tcp"), HasSubstr("/128")));
}

// The data plane could not hold it: a free word of its table of services is 0.
TEST(ValidateTest, TheAddressZeroIsNobodys) {
  EXPECT_THAT(complaint(with_services({"0.0.0.0"})), HasSubstr("write 0.0.0.0/0"));
  EXPECT_NE(complaint(with_services({"0.0.0.0:80/tcp"})), "");
  EXPECT_THAT(complaint(with_services({"::"})), HasSubstr("write ::/0"));
}

TEST(ValidateTest, Ipv6IsAsGoodAsIpv4) {
  for (const char* text : {"2001:db8::1", "[2001:db8::1]:80/tcp", "2001:db8::/32", "::/0"}) {
    EXPECT_EQ(complaint(with_services({"10.0.10.0", text})), "") << text;
  }
  EXPECT_EQ(complaint(with_backends({backend("10.0.1.1"), Backend{}, backend("2001:db8::2")})), "");
  EXPECT_THAT(complaint(with_services({"[2001:db8::1]:80-90/tcp", "[2001:db8::1]:90/tcp"})),
              HasSubstr("overlaps"));
}

TEST(ValidateTest, PortsOfTwoServicesDoNotOverlap) {
  EXPECT_THAT(complaint(with_services({"10.0.10.0:80-90/tcp", "10.0.10.0:90/tcp"})),
              AllOf(HasSubstr("services.10.0.10.0:90/tcp"),
                    HasSubstr("overlaps with service 10.0.10.0:80-90/tcp")));
  EXPECT_THAT(complaint(with_services({"10.0.10.0:80/tcp", "10.0.10.0:80-81/tcp"})),
              HasSubstr("overlaps"));
  EXPECT_THAT(
      complaint(with_services({"10.0.10.0:80-100/tcp", "10.0.10.0:85/tcp", "10.0.10.0:90-95/tcp"})),
      HasSubstr("overlaps with service 10.0.10.0:80-100/tcp"));
  EXPECT_EQ(complaint(with_services({"10.0.10.0:80-90/tcp", "10.0.10.0:91-99/tcp",
                                     "10.0.10.0:85/udp", "10.0.11.0:85/tcp"})),
            "");
}

TEST(ValidateTest, AServiceHasItsPool) {
  Configuration configuration;
  configuration.services[*parse_service_key("10.0.10.0")].pool = "web";
  EXPECT_EQ(complaint(configuration), "services.10.0.10.0.pool: there is no pool 'web'");
  configuration.pools["web"];
  EXPECT_EQ(complaint(configuration), "");
}

TEST(ValidateTest, ANeighbourIsAMachineBehindAnInterface) {
  const MacAddress mac = *MacAddress::parse("02:00:00:00:01:09");
  const auto complaint_of = [&](const char* address, const char* interface) {
    Configuration configuration;
    configuration.neighbours[*Address::parse(address)] = {interface, mac};
    return complaint(configuration);
  };
  EXPECT_EQ(complaint_of("10.0.0.9", "eth1"), "");
  EXPECT_THAT(complaint_of("224.0.0.9", "eth1"), HasSubstr("neighbours.224.0.0.9: "));
  EXPECT_THAT(complaint_of("10.0.0.9", ""), HasSubstr("neighbours.10.0.0.9.interface: "));
}

TEST(ValidateTest, PoolsAreLimited) {
  Configuration configuration;
  for (size_t index = 0; index < kPoolsMax; ++index) configuration.pools[fmt::format("p{}", index)];
  EXPECT_EQ(complaint(configuration), "");
  configuration.pools["x"];
  EXPECT_EQ(complaint(configuration), "pools.x: a router has at most 256 pools");
}

TEST(ValidateTest, BackendsOfAllPoolsTogetherAreLimited) {
  Configuration configuration;
  for (uint32_t index = 0; index < kBackendsMax; ++index) {
    configuration.pools[index % 2 == 0 ? "a" : "b"].backends.push_back(nth_backend(index));
  }
  EXPECT_EQ(complaint(configuration), "");
  configuration.pools["a"].backends.push_back(nth_backend(1));  // pool b has it: no new slot
  EXPECT_EQ(complaint(configuration), "");
  configuration.pools["c"].backends.push_back(Backend{});
  EXPECT_THAT(complaint(configuration),
              AllOf(HasSubstr("pools.c.backends.connected"), HasSubstr("at most 4096 backends")));
}

TEST(ValidateTest, ServicesAreLimited) {
  std::vector<ServiceKey> keys;
  for (uint32_t index = 0; index < kServicesMax; ++index) {
    keys.push_back(
        {.prefix = *Prefix::make(Address::from_ipv4_host_order((10u << 24) + index), 32)});
  }
  EXPECT_EQ(complaint(with_keys(keys)), "");
  keys.push_back(*parse_service_key("10.255.0.0"));
  EXPECT_EQ(complaint(with_keys(keys)), "services.10.255.0.0: a router has at most 4096 services");
}

TEST(ValidateTest, ServicesByPrefixAreLimited) {
  std::vector<ServiceKey> keys;
  for (uint32_t index = 0; index < kPrefixServicesMax; ++index) {
    keys.push_back({.prefix = nth_prefix(index)});
  }
  EXPECT_EQ(complaint(with_keys(keys)), "");
  keys.push_back({.prefix = nth_prefix(kPrefixServicesMax)});
  EXPECT_THAT(complaint(with_keys(keys)), HasSubstr("at most 1024 services by prefix"));
}

TEST(ValidateTest, PortsOfServicesAreLimited) {
  const auto keys = [](const char* last) { return with_services({"10.0.10.0:1-16383/tcp", last}); };
  EXPECT_EQ(complaint(keys("10.0.11.0:80/tcp")), "");
  EXPECT_THAT(complaint(keys("10.0.11.0:80-81/tcp")), HasSubstr("at most 16384 ports"));
}

TEST(ValidateTest, NeighboursAreLimited) {
  Configuration configuration;
  const auto add = [&](size_t index) {
    configuration
        .neighbours[Address::from_ipv4_host_order((10u << 24) + static_cast<uint32_t>(index))] = {
        "eth1", {}};
  };
  for (size_t index = 0; index < kNeighboursMax; ++index) add(index);
  EXPECT_EQ(complaint(configuration), "");
  add(kNeighboursMax);
  EXPECT_THAT(complaint(configuration), HasSubstr("at most 4096 neighbours"));
}

}  // namespace
}  // namespace ricochet

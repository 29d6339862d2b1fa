// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/limits.h"
#include "model/state.h"

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Backend backend(std::string_view address, uint32_t weight = 1) {
  return {.address = *Ipv4Address::parse(address), .weight = weight};
}

ServiceKey service(std::string_view prefix, uint16_t port = 0, Protocol protocol = Protocol::any) {
  return {.prefix = *Ipv4Prefix::parse(prefix), .port = port, .protocol = protocol};
}

Backend nth_backend(uint32_t index) {
  return {.address = Ipv4Address::from_host_order(0x0a000001 + index)};
}

ServiceKey nth_service(uint16_t index) {
  return service("10.0.10.0", static_cast<uint16_t>(1 + index), Protocol::tcp);
}

std::string complaint(const Services& services) {
  const auto valid = validate(services);
  return valid ? "" : valid.error().message;
}

TEST(ValidateTest, AcceptsWhatAnOperatorMayWant) {
  const Services services{
      {service("10.0.10.0"), {{backend("10.0.1.1"), backend("10.0.2.1", kMaxWeight)}}},
      {service("10.0.10.0", 80, Protocol::tcp), {{backend("10.0.1.1")}}},
      {service("10.0.10.0", 80, Protocol::udp), {{backend("10.0.1.1")}}},
      {service("10.0.99.0/24"), {{Backend{}}}},
      {service("10.0.98.0/24"), {{Backend{}, backend("10.0.1.1")}}},
      {service("0.0.0.0/0"), {}},
  };
  EXPECT_EQ(complaint(services), "");
  EXPECT_EQ(complaint({}), "");
}

TEST(ValidateTest, PortAndProtocolGoTogether) {
  EXPECT_THAT(complaint({{service("10.0.10.0", 80), {}}}),
              AllOf(HasSubstr("service 10.0.10.0/32 any port 80"), HasSubstr("add tcp or udp")));
  EXPECT_THAT(complaint({{service("10.0.10.0", 0, Protocol::tcp), {}}}),
              AllOf(HasSubstr("service 10.0.10.0/32 tcp"), HasSubstr("needs a port")));
}

TEST(ValidateTest, APortIsOfASingleAddress) {
  EXPECT_THAT(complaint({{service("10.0.10.0/31", 80, Protocol::tcp), {}}}),
              AllOf(HasSubstr("service 10.0.10.0/31 tcp port 80"), HasSubstr("/32")));
}

TEST(ValidateTest, WeightsHaveARange) {
  for (const uint32_t weight : {0u, kMaxWeight + 1}) {
    EXPECT_THAT(complaint({{service("10.0.10.0"), {{backend("10.0.1.1", weight)}}}}),
                AllOf(HasSubstr("service 10.0.10.0/32"), HasSubstr("10.0.1.1"),
                      HasSubstr(fmt::format("weight {}", weight)), HasSubstr("1 to 256")));
  }
}

TEST(ValidateTest, ABackendIsInAPoolOnce) {
  EXPECT_THAT(complaint({{service("10.0.10.0"), {{backend("10.0.1.1"), backend("10.0.1.1", 2)}}}}),
              AllOf(HasSubstr("10.0.1.1"), HasSubstr("twice")));
  EXPECT_THAT(complaint({{service("10.0.10.0"), {{Backend{}, Backend{}}}}}),
              AllOf(HasSubstr("connected"), HasSubstr("twice")));
}

TEST(ValidateTest, ABackendHasTheAddressOfAMachine) {
  for (const char* address : {"0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
    EXPECT_THAT(complaint({{service("10.0.10.0"), {{backend(address)}}}}),
                AllOf(HasSubstr(address), HasSubstr("connected")));
  }
  EXPECT_EQ(complaint({{service("10.0.10.0"), {{backend("223.255.255.255")}}}}), "");
}

TEST(ValidateTest, ServicesAreLimited) {
  Services services;
  for (uint16_t index = 0; index < kPoolsMax; ++index) services[nth_service(index)];
  EXPECT_EQ(complaint(services), "");
  services[nth_service(kPoolsMax)];
  EXPECT_THAT(complaint(services), HasSubstr("at most 256 services"));
}

TEST(ValidateTest, BackendsOfAllServicesTogetherAreLimited) {
  Services services;
  for (uint32_t index = 0; index < kBackendsMax; ++index) {
    services[nth_service(index % 2)].backends.push_back(nth_backend(index));
  }
  EXPECT_EQ(complaint(services), "");
  services[nth_service(0)].backends.push_back(nth_backend(1));  // the other service's: no new slot
  EXPECT_EQ(complaint(services), "");
  services[nth_service(2)].backends.push_back(Backend{});
  EXPECT_THAT(complaint(services),
              AllOf(HasSubstr("at most 4096 backends"), HasSubstr(to_string(nth_service(2)))));
}

TEST(ValidateTest, BucketsAreAPowerOfTwo) {
  EXPECT_TRUE(validate(Settings{}).ok());
  for (const uint32_t buckets : {1u, 2u, 65536u, kBucketsMax}) {
    EXPECT_TRUE(validate(Settings{.buckets = buckets}).ok()) << buckets;
  }
  for (const uint32_t buckets : {0u, 3u, 65535u, kBucketsMax * 2}) {
    const auto valid = validate(Settings{.buckets = buckets});
    ASSERT_FALSE(valid.ok()) << buckets;
    EXPECT_THAT(valid.error().message,
                AllOf(HasSubstr(std::to_string(buckets)), HasSubstr("power of two")));
  }
}

// The data plane could not hold it: a free word of its table of services is 0.
TEST(ValidateServicesTest, RefusesTheAddressZero) {
  Services services;
  services[{.prefix = *Ipv4Prefix::parse("0.0.0.0/32")}] = Pool{};
  const auto valid = validate(services);
  ASSERT_FALSE(valid);
  EXPECT_NE(valid.error().message.find("0.0.0.0/0"), std::string::npos);
  EXPECT_TRUE(validate(Services{{{.prefix = *Ipv4Prefix::parse("0.0.0.0/0")}, Pool{}}}));
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "capture/filter.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "net/address.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

// address: empty for any.
MATCHER_P2(IsEnd, address, port, "") {
  const std::string_view text = address;
  const auto expected = text.empty() ? Address::Octets{} : Address::parse(text)->octets();
  return std::bit_cast<Address::Octets>(arg.address) == expected &&
         arg.port == htons(static_cast<uint16_t>(port)) && arg.reserved == 0;
}

TEST(ServiceFilter, TakesAnAddressWithAnyPort) {
  const auto filter = parse_service_filter("10.0.10.0");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->enabled, 0u);
  EXPECT_THAT(filter->a, IsEnd("10.0.10.0", 0));
  EXPECT_THAT(filter->b, IsEnd("", 0));
}

TEST(ServiceFilter, TakesAnAddressWithAPort) {
  const auto filter = parse_service_filter("10.0.10.0:65535");
  ASSERT_TRUE(filter);
  EXPECT_THAT(filter->a, IsEnd("10.0.10.0", 65535));
}

TEST(TupleFilter, TakesTwoEnds) {
  const auto filter = parse_tuple_filter("10.0.99.1:40000,10.0.10.0:80");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->enabled, 0u);
  EXPECT_THAT(filter->a, IsEnd("10.0.99.1", 40000));
  EXPECT_THAT(filter->b, IsEnd("10.0.10.0", 80));
}

TEST(ServiceFilter, TakesIpv6) {
  EXPECT_THAT(parse_service_filter("2001:db8::1")->a, IsEnd("2001:db8::1", 0));
  EXPECT_THAT(parse_service_filter("[2001:db8::1]:80")->a, IsEnd("2001:db8::1", 80));
  const auto flow = parse_tuple_filter("[2001:db8::9]:40000,[2001:db8::1]:80");
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_THAT(flow->a, IsEnd("2001:db8::9", 40000));
  EXPECT_THAT(flow->b, IsEnd("2001:db8::1", 80));
}

class RefusedService : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedService, IsRefused) {
  EXPECT_FALSE(parse_service_filter(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(ServiceFilter, RefusedService,
                         ::testing::Values("", ":", ":80", "10.0.10.0:", "10.0.10.0:0",
                                           "10.0.10.0:65536", "10.0.10.0:080", "10.0.10.0:+80",
                                           "10.0.10.0: 80", "10.0.10.0:80 ", "10.0.10.0:80:80",
                                           "10.0.10.0:http", "10.0.10:80", "0.0.0.0", "0.0.0.0:80",
                                           "10.0.10.0/32", "10.0.10.0,10.0.99.1", "::", "[::]:80",
                                           "2001:db8::1:80:tcp", "[2001:db8::1"));

class RefusedTuple : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedTuple, IsRefused) {
  EXPECT_FALSE(parse_tuple_filter(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(TupleFilter, RefusedTuple,
                         ::testing::Values("", ",", "10.0.99.1:1", "10.0.99.1:1,", ",10.0.10.0:80",
                                           "10.0.99.1,10.0.10.0:80", "10.0.99.1:1,10.0.10.0",
                                           "10.0.99.1:1, 10.0.10.0:80", "10.0.99.1:1,10.0.10.0:80,",
                                           "10.0.99.1:1 10.0.10.0:80",
                                           "10.0.99.1:1,10.0.10.0:80,10.0.10.0:80"));

TEST(FilterErrors, SayWhatToWrite) {
  EXPECT_THAT(parse_service_filter("10.0.10.0:0").error().message,
              HasSubstr("'0' is not a port: write 1 to 65535"));
  EXPECT_THAT(parse_tuple_filter("10.0.99.1:1").error().message,
              HasSubstr("write ADDRESS:PORT,ADDRESS:PORT"));
  EXPECT_THAT(parse_tuple_filter("10.0.99.1,10.0.10.0:80").error().message,
              HasSubstr("write 10.0.99.1:PORT"));
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "capture/filter.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

MATCHER_P2(IsEnd, address, port, "") {
  return arg.address == htonl(address) && arg.port == htons(static_cast<uint16_t>(port)) &&
         arg.reserved == 0;
}

TEST(ServiceFilter, TakesAnAddressWithAnyPort) {
  const auto filter = parse_service_filter("10.0.10.0");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->enabled, 0u);
  EXPECT_THAT(filter->a, IsEnd(0x0a000a00u, 0));
  EXPECT_THAT(filter->b, IsEnd(0u, 0));
}

TEST(ServiceFilter, TakesAnAddressWithAPort) {
  const auto filter = parse_service_filter("10.0.10.0:65535");
  ASSERT_TRUE(filter);
  EXPECT_THAT(filter->a, IsEnd(0x0a000a00u, 65535));
}

TEST(TupleFilter, TakesTwoEnds) {
  const auto filter = parse_tuple_filter("10.0.99.1:40000,10.0.10.0:80");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->enabled, 0u);
  EXPECT_THAT(filter->a, IsEnd(0x0a006301u, 40000));
  EXPECT_THAT(filter->b, IsEnd(0x0a000a00u, 80));
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
                                           "10.0.10.0/32", "10.0.10.0,10.0.99.1", "2001:db8::1",
                                           "[2001:db8::1]:80"));

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
  EXPECT_THAT(parse_service_filter("[2001:db8::1]:80").error().message,
              HasSubstr("2001:db8::1 is IPv6, which is not captured yet"));
}

}  // namespace
}  // namespace ricochet

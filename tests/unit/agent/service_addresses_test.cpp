// SPDX-License-Identifier: Apache-2.0
#include "agent/service_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

TEST(ServiceAddress, IsOfIpv4) {
  EXPECT_EQ(*parse_service_address("10.0.10.0"), *Address::parse("10.0.10.0"));
  EXPECT_THAT(parse_service_address("2001:db8::1").error().message,
              HasSubstr("IPv6 is not balanced yet"));
  EXPECT_THAT(parse_service_address("lo").error().message, HasSubstr("not an IP address"));
}

}  // namespace
}  // namespace ricochet

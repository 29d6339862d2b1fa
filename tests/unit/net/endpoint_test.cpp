// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.h"

#include <gtest/gtest.h>

namespace ricochet {
namespace {

// "ADDRESS PORT", or "ADDRESS" without one.
std::string parts_of(std::string_view text) {
  const EndpointText parts = split_endpoint(text);
  return std::string(parts.address) + (parts.port ? " " + std::string(*parts.port) : "");
}

TEST(EndpointTest, ComesApart) {
  EXPECT_EQ(parts_of("10.0.0.1:80"), "10.0.0.1 80");
  EXPECT_EQ(parts_of("10.0.0.1:80-90/tcp"), "10.0.0.1 80-90/tcp");
  EXPECT_EQ(parts_of("10.0.0.1:"), "10.0.0.1 ");
  EXPECT_EQ(parts_of(":80"), " 80");
  EXPECT_EQ(parts_of("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(parts_of("[2001:db8::1]:80"), "2001:db8::1 80");
  EXPECT_EQ(parts_of("[2001:db8::1/128]:80/tcp"), "2001:db8::1/128 80/tcp");
  EXPECT_EQ(parts_of("[::]:"), ":: ");
  EXPECT_EQ(parts_of("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(parts_of("2001:db8::/32"), "2001:db8::/32");
}

TEST(EndpointTest, WhatIsWrittenOtherwiseIsNoAddress) {
  for (const char* text : {"[2001:db8::1]", "[2001:db8::1]80", "[10.0.0.1]:80", "[]:80", "[",
                           "]:80", "[[::1]]:80", "[::1:80", "10.0.0.1:80:80", "2001:db8::1]:80"}) {
    EXPECT_FALSE(Address::parse(split_endpoint(text).address)) << text;
  }
}

TEST(EndpointTest, IsPutTogether) {
  EXPECT_EQ(join_endpoint(*Address::parse("10.0.0.1"), 80), "10.0.0.1:80");
  EXPECT_EQ(join_endpoint(*Address::parse("2001:db8::1"), 80), "[2001:db8::1]:80");
  EXPECT_EQ(join_endpoint("2001:db8::1", "80-90/tcp"), "[2001:db8::1]:80-90/tcp");
}

}  // namespace
}  // namespace ricochet

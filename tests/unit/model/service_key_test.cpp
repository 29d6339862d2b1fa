// SPDX-License-Identifier: Apache-2.0
#include "model/service_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

ServiceKey key(std::string_view text) {
  const auto parsed = parse_service_key(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : ServiceKey{};
}

TEST(ServiceKeyTest, IsReadAsItIsWritten) {
  for (const char* text :
       {"10.0.10.0:80/tcp", "10.0.10.0:1/udp", "10.0.10.0:65535/tcp", "10.0.10.0:8000-8010/udp",
        "10.0.10.0:1-65535/tcp", "10.0.10.0", "10.0.1.0/24", "0.0.0.0/0", "[2001:db8::1]:80/tcp",
        "[::1]:8000-8010/udp", "2001:db8::1", "2001:db8::/32", "::/0"}) {
    EXPECT_EQ(to_string(key(text)), text);
  }
}

TEST(ServiceKeyTest, HasItsParts) {
  EXPECT_EQ(key("10.0.10.0:80/tcp"), (ServiceKey{.prefix = *Prefix::parse("10.0.10.0"),
                                                 .port = 80,
                                                 .last_port = 0,
                                                 .protocol = Protocol::tcp}));
  EXPECT_EQ(key("10.0.10.0:8000-8010/udp"), (ServiceKey{.prefix = *Prefix::parse("10.0.10.0"),
                                                        .port = 8000,
                                                        .last_port = 8010,
                                                        .protocol = Protocol::udp}));
  EXPECT_EQ(key("10.0.1.0/24"), (ServiceKey{.prefix = *Prefix::parse("10.0.1.0/24")}));
  EXPECT_EQ(key("[2001:db8::1]:80/tcp"), (ServiceKey{.prefix = *Prefix::parse("2001:db8::1"),
                                                     .port = 80,
                                                     .last_port = 0,
                                                     .protocol = Protocol::tcp}));
  EXPECT_EQ(key("2001:db8::/32"), (ServiceKey{.prefix = *Prefix::parse("2001:db8::/32")}));
}

TEST(ServiceKeyTest, HasOneValueForAllSpellings) {
  EXPECT_EQ(key("10.0.10.0/32"), key("10.0.10.0"));
  EXPECT_EQ(key("10.0.10.0/32:80/tcp"), key("10.0.10.0:80/tcp"));
  EXPECT_EQ(key("10.0.10.0:80-80/tcp"), key("10.0.10.0:80/tcp"));
  EXPECT_EQ(key("2001:DB8:0::1/128"), key("2001:db8::1"));
  EXPECT_EQ(key("[2001:db8:0:0::1/128]:80/tcp"), key("[2001:db8::1]:80/tcp"));
}

TEST(ServiceKeyTest, CountsItsPorts) {
  EXPECT_EQ(port_count(key("10.0.10.0")), 0u);
  EXPECT_EQ(port_count(key("10.0.1.0/24")), 0u);
  EXPECT_EQ(port_count(key("10.0.10.0:80/tcp")), 1u);
  EXPECT_EQ(port_count(key("10.0.10.0:80-81/tcp")), 2u);
  EXPECT_EQ(port_count(key("10.0.10.0:1-65535/tcp")), 65535u);
}

TEST(ServiceKeyTest, SortsByAddressAndPort) {
  EXPECT_LT(key("10.0.9.0:9000/udp"), key("10.0.10.0:80/tcp"));
  EXPECT_LT(key("10.0.10.0:80/tcp"), key("10.0.10.0:9000/tcp"));
  EXPECT_LT(key("10.0.10.0:80-90/tcp"), key("10.0.10.0:81/tcp"));
}

TEST(ServiceKeyTest, WhatIsNoServiceIsAnsweredWithAnExample) {
  for (const char* text : {"10.0.10.0:",
                           "10.0.10.0:80",
                           "10.0.10.0:80/",
                           "10.0.10.0:80/any",
                           "10.0.10.0:80/TCP",
                           "10.0.10.0:/tcp",
                           "10.0.10.0:0/tcp",
                           "10.0.10.0:080/tcp",
                           "10.0.10.0:65536/tcp",
                           "10.0.10.0:90-80/tcp",
                           "10.0.10.0:80-/tcp",
                           "10.0.10.0:-80/tcp",
                           "10.0.10.0:80-85-90/tcp",
                           "10.0.10.0: 80/tcp",
                           "10.0.10.0:80/tcp ",
                           "10.0.10.0/tcp",
                           "2001:db8::1:80/tcp",
                           "[2001:db8::1]:80",
                           "[2001:db8::1]80/tcp",
                           "[10.0.10.0]:80/tcp",
                           "[2001:db8::1]:0/tcp"}) {
    const auto parsed = parse_service_key(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("as in 10.0.10.0:80/tcp")) << text;
  }
  for (const char* text :
       {"", "web", "10.0.10", "10.0.10.0/33", "10.0.10.1/24", ":80/tcp", "[2001:db8::1]",
        "2001:db8::1/32", "2001:db8::/129", "::ffff:10.0.10.0"}) {
    EXPECT_FALSE(parse_service_key(text).ok()) << text;
  }
}

}  // namespace
}  // namespace ricochet

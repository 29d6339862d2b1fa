// SPDX-License-Identifier: Apache-2.0
#include "net/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

Address address(std::string_view text) {
  return *Address::parse(text);
}

std::string complaint(std::string_view text) {
  const auto parsed = Prefix::parse(text);
  return parsed ? "" : parsed.error().message;
}

TEST(PrefixTest, ParsesWhatItPrints) {
  for (const char* text :
       {"0.0.0.0/0", "128.0.0.0/1", "10.0.1.0/24", "10.0.1.4/31", "10.0.1.5/32", "::/0", "2000::/3",
        "2001:db8::/32", "2001:db8:1:8000::/49", "2001:db8::2/127", "2001:db8::1/128"}) {
    const auto parsed = Prefix::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
}

TEST(PrefixTest, AnAddressAloneIsAHost) {
  const auto parsed = Prefix::parse("10.0.1.5");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->is_host());
  EXPECT_EQ(parsed->to_string(), "10.0.1.5/32");
  EXPECT_EQ(*parsed, Prefix(address("10.0.1.5")));
  EXPECT_FALSE(Prefix::parse("10.0.1.4/31")->is_host());
  EXPECT_EQ(*Prefix::parse("2001:db8::1"), *Prefix::parse("2001:db8::1/128"));
  EXPECT_TRUE(Prefix::parse("2001:db8::1")->is_host());
  EXPECT_FALSE(Prefix::parse("2001:db8::/32")->is_host()) << "32 bits are all of IPv4 only";
}

TEST(PrefixTest, RefusesHostBitsAndSaysWhatWasMeant) {
  EXPECT_THAT(complaint("10.0.1.5/24"), HasSubstr("did you mean 10.0.1.0/24?"));
  EXPECT_THAT(complaint("2001:db8::1/64"), HasSubstr("did you mean 2001:db8::/64?"));
  EXPECT_THAT(complaint("2001:db8:1::/47"), HasSubstr("did you mean 2001:db8::/47?"));
  EXPECT_FALSE(Prefix::make(address("0.0.0.1"), 0).ok());
  EXPECT_FALSE(Prefix::make(address("10.0.0.1"), 31).ok());
  EXPECT_FALSE(Prefix::make(address("::1"), 0).ok());
  EXPECT_FALSE(Prefix::make(address("::1"), 127).ok());
}

TEST(PrefixTest, RefusesLengthsThatAreNone) {
  for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
                           "10.0.0.0/08", "10.0.0/8", "/8", "::/", "::/129", "::/99999999999",
                           "::/0x8", "2001:db8::/032", "::ffff:0:0/96", "fe80::%eth0/64"}) {
    EXPECT_NE(complaint(text), "") << text;
  }
  EXPECT_THAT(complaint("10.0.0.0/33"), HasSubstr("length 33 is too long for IPv4: use 0 to 32"));
  EXPECT_THAT(complaint("::/129"), HasSubstr("length 129 is too long for IPv6: use 0 to 128"));
  EXPECT_THAT(complaint("10.0.0.0/x"), HasSubstr("from 0 to 32, as in 10.0.1.0/24"));
  EXPECT_THAT(complaint("2001:db8::/x"), HasSubstr("from 0 to 128, as in 2001:db8::/32"));
}

TEST(PrefixTest, ContainsAddressesOfItsFamily) {
  const auto contains = [](std::string_view prefix, std::string_view one) {
    return Prefix::parse(prefix)->contains(address(one));
  };
  EXPECT_TRUE(contains("10.0.1.0/24", "10.0.1.255"));
  EXPECT_FALSE(contains("10.0.1.0/24", "10.0.2.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(contains("::/0", "10.0.0.1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

}  // namespace
}  // namespace ricochet

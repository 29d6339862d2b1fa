// SPDX-License-Identifier: Apache-2.0
#include "net/mac.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

TEST(MacAddressTest, ParsesEitherCaseAndPrintsLower) {
  const auto parsed = MacAddress::parse("02:aB:CD:ef:09:10");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->octets(), (std::array<uint8_t, 6>{0x02, 0xab, 0xcd, 0xef, 0x09, 0x10}));
  EXPECT_EQ(parsed->to_string(), "02:ab:cd:ef:09:10");
}

TEST(MacAddressTest, RefusesAnythingElse) {
  for (const char* text :
       {"", "02:00:00:00:00", "02:00:00:00:00:01:", "02:00:00:00:00:01:02", "2:0:0:0:0:1",
        "02-00-00-00-00-01", "02:00:00:00:00:0g", "02:00:00:00:00: 1", "02:00:00:00:00-01",
        "02:00:00:00:00:+1", "0200.0000.0001", " 02:00:00:00:00:01", "0x:00:00:00:00:01"}) {
    const auto parsed = MacAddress::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("02:00:00:00:00:01")) << text;
  }
}

TEST(MacAddressTest, RefusesWhatIsNotOneMachine) {
  for (const char* text : {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"}) {
    const auto parsed = MacAddress::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("group address"));
  }
  const auto zero = MacAddress::parse("00:00:00:00:00:00");
  ASSERT_FALSE(zero.ok());
  EXPECT_THAT(zero.error().message, HasSubstr("00:00:00:00:00:00"));
  EXPECT_TRUE(MacAddress::parse("00:00:00:00:00:01").ok());
}

}  // namespace
}  // namespace ricochet

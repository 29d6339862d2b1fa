// SPDX-License-Identifier: Apache-2.0
#include "model/quic_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

TEST(QuicIdTest, IsANumberWithALength) {
  const auto id = QuicId::parse("0a:01");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->number(), 0x0a01u);
  EXPECT_EQ(id->bytes(), 2u);
  EXPECT_EQ(QuicId::parse("FF")->number(), 0xffu);
  EXPECT_EQ(QuicId::parse("01:02:03:04:05:06:07:08")->number(), 0x0102030405060708u);
}

TEST(QuicIdTest, IsWrittenAsItIsRead) {
  for (const char* text : {"00", "0a:01", "00:00:00", "ff:fe:fd:fc:fb:fa:f9:f8"}) {
    EXPECT_EQ(QuicId::parse(text)->to_string(), text);
  }
  EXPECT_EQ(QuicId::parse("AB:cD")->to_string(), "ab:cd");
}

// Octets that are 0 count.
TEST(QuicIdTest, ALongerOneIsAnother) {
  EXPECT_NE(*QuicId::parse("01"), *QuicId::parse("00:01"));
}

TEST(QuicIdTest, RefusesWhatIsNone) {
  for (const char* text : {"", "0", "0a:", ":0a", "0a01", "0a:1", "0a 01", "g0", "0x", "-1", "+1",
                           "01:02:03:04:05:06:07:08:09"}) {
    const auto id = QuicId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_THAT(id.error().message, HasSubstr("write 1 to 8 pairs of hexadecimal digits"));
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "net/ipv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

Ipv4Address address(std::string_view text) {
  return *Ipv4Address::parse(text);
}

TEST(Ipv4AddressTest, ParsesWhatItPrints) {
  for (const char* text : {"0.0.0.0", "10.0.10.0", "192.168.1.254", "255.255.255.255"}) {
    const auto parsed = Ipv4Address::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  EXPECT_EQ(address("10.0.1.2").host_order(), 0x0a000102u);
}

TEST(Ipv4AddressTest, RefusesAnythingElse) {
  for (const char* text :
       {"", "10", "10.0.0", "10.0.0.", "10.0.0.1.", "10.0.0.1.2", ".10.0.0.1", "10..0.1",
        "10.0.0.256", "10.0.0.01", "10.0.0.-1", "10.0.0.+1", " 10.0.0.1", "10.0.0.1 ", "10.0.0.1/8",
        "10.0.0.0x1", "10.0.0.99999999999", "::1", "localhost"}) {
    const auto parsed = Ipv4Address::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("'" + std::string(text) + "'"));
    EXPECT_THAT(parsed.error().message, HasSubstr("10.0.0.1"));
  }
}

TEST(Ipv4AddressTest, NetworkOrderIsTheOrderOnTheWire) {
  const uint32_t on_wire = address("10.0.1.2").network_order();
  std::array<uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &on_wire, bytes.size());
  EXPECT_EQ(bytes, (std::array<uint8_t, 4>{10, 0, 1, 2}));
  EXPECT_EQ(Ipv4Address::from_network_order(on_wire), address("10.0.1.2"));
}

TEST(Ipv4AddressTest, SortsAsPeopleRead) {
  EXPECT_LT(address("9.255.255.255"), address("10.0.0.0"));
  EXPECT_LT(address("10.0.0.2"), address("10.0.0.10"));
}

TEST(Ipv4PrefixTest, ParsesWhatItPrints) {
  for (const char* text :
       {"0.0.0.0/0", "128.0.0.0/1", "10.0.1.0/24", "10.0.1.4/31", "10.0.1.5/32"}) {
    const auto parsed = Ipv4Prefix::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
}

TEST(Ipv4PrefixTest, AnAddressAloneIsAHost) {
  const auto parsed = Ipv4Prefix::parse("10.0.1.5");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->is_host());
  EXPECT_EQ(parsed->to_string(), "10.0.1.5/32");
  EXPECT_FALSE(Ipv4Prefix::parse("10.0.1.4/31")->is_host());
}

TEST(Ipv4PrefixTest, RefusesHostBitsAndSaysWhatWasMeant) {
  const auto parsed = Ipv4Prefix::parse("10.0.1.5/24");
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(parsed.error().message, HasSubstr("did you mean 10.0.1.0/24?"));
  EXPECT_FALSE(Ipv4Prefix::make(address("0.0.0.1"), 0).ok());
  EXPECT_FALSE(Ipv4Prefix::make(address("10.0.0.1"), 31).ok());
}

TEST(Ipv4PrefixTest, RefusesLengthsThatAreNone) {
  for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
                           "10.0.0.0/08", "10.0.0/8", "/8"}) {
    EXPECT_FALSE(Ipv4Prefix::parse(text).ok()) << text;
  }
  const auto made = Ipv4Prefix::make(address("10.0.0.0"), 33);
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, HasSubstr("length 33 is too long"));
}

}  // namespace
}  // namespace ricochet

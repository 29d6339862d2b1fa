// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Address address(std::string_view text) {
  return *Address::parse(text);
}

std::string complaint(std::string_view text) {
  const auto parsed = Address::parse(text);
  return parsed ? "" : parsed.error().message;
}

TEST(AddressTest, ParsesWhatItPrints) {
  for (const char* text : {"0.0.0.0", "10.0.10.0", "192.168.1.254", "255.255.255.255"}) {
    const auto parsed = Address::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_TRUE(parsed->is_ipv4()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  for (const char* text : {"::", "::1", "2001:db8::1", "fe80::1", "1:2:3:4:5:6:7:8"}) {
    const auto parsed = Address::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_FALSE(parsed->is_ipv4()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  EXPECT_EQ(address("10.0.1.2").ipv4_host_order(), 0x0a000102u);
  EXPECT_EQ(Address(), address("0.0.0.0"));
}

// The rules of RFC 5952, section 4 and 5.
TEST(AddressTest, Ipv6HasOneSpelling) {
  const auto written = [](std::string_view text) { return address(text).to_string(); };
  EXPECT_EQ(written("2001:0DB8:0000:0000:0000:0000:000A:00bC"), "2001:db8::a:bc");
  EXPECT_EQ(written("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "no :: for one field";
  EXPECT_EQ(written("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(written("1:0:0:2:0:0:0:3"), "1:0:0:2::3") << "the longest run";
  EXPECT_EQ(written("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "the first of two";
  EXPECT_EQ(written("0:0:0:1:0:0:0:0"), "0:0:0:1::");
  EXPECT_EQ(written("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  EXPECT_EQ(written("0:0:0:0:0:fffe:1:2"), "::fffe:1:2");
  EXPECT_EQ(written("::c000:221"), "::192.0.2.33") << "the one prefix with IPv4 behind it";
}

TEST(AddressTest, RefusesAnythingElse) {
  for (const char* text : {"",
                           "10",
                           "10.0.0",
                           "10.0.0.",
                           "10.0.0.1.",
                           "10.0.0.1.2",
                           ".10.0.0.1",
                           "10..0.1",
                           "10.0.0.256",
                           "10.0.0.01",
                           "10.0.0.-1",
                           "10.0.0.+1",
                           " 10.0.0.1",
                           "10.0.0.1 ",
                           "10.0.0.1/8",
                           "10.0.0.0x1",
                           "10.0.0.99999999999",
                           "localhost",
                           ":",
                           ":::",
                           "1::2::3",
                           "2001:db8::g",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "12345::",
                           "[::1]",
                           " ::1",
                           "::1 ",
                           "::1/128",
                           "::10.0.0.256",
                           "0x1::"}) {
    EXPECT_THAT(complaint(text), AllOf(HasSubstr("'" + std::string(text) + "'"),
                                       HasSubstr("10.0.0.1"), HasSubstr("2001:db8::1")));
  }
  EXPECT_NE(complaint(std::string_view("10.0.0.1\0", 9)), "");
  EXPECT_NE(complaint(std::string_view("::1\0::2", 7)), "");
}

TEST(AddressTest, AnIpv4AddressHasNoSecondName) {
  for (const char* text : {"::ffff:10.0.0.1", "::ffff:a00:1", "0:0:0:0:0:FFFF:0a00:0001"}) {
    EXPECT_THAT(complaint(text), HasSubstr("written as IPv6: write 10.0.0.1")) << text;
  }
}

TEST(AddressTest, RefusesZones) {
  EXPECT_THAT(complaint("fe80::1%eth0"),
              AllOf(HasSubstr("names an interface"), HasSubstr("write 'fe80::1' alone")));
  EXPECT_NE(complaint("fe80::1%"), "");
}

TEST(AddressTest, NetworkOrderIsTheOrderOnTheWire) {
  const uint32_t on_wire = address("10.0.1.2").ipv4_network_order();
  std::array<uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &on_wire, bytes.size());
  EXPECT_EQ(bytes, (std::array<uint8_t, 4>{10, 0, 1, 2}));
  EXPECT_EQ(Address::from_ipv4_network_order(on_wire), address("10.0.1.2"));
  EXPECT_EQ(Address::from_ipv4_host_order(0x0a000102), address("10.0.1.2"));
}

TEST(AddressTest, HasTheOctetsOfTheWire) {
  EXPECT_EQ(address("2001:db8::102"),
            Address({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2}));
  EXPECT_EQ(address("10.0.1.2").octets(),
            (Address::Octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 1, 2}));
}

TEST(AddressTest, SortsAsPeopleRead) {
  EXPECT_LT(address("9.255.255.255"), address("10.0.0.0"));
  EXPECT_LT(address("10.0.0.2"), address("10.0.0.10"));
  EXPECT_LT(address("255.255.255.255"), address("2001:db8::1"));
  EXPECT_LT(address("2001:db8::2"), address("2001:db8::10"));
}

TEST(AddressTest, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.0.9", "::1"}) {
    EXPECT_TRUE(address(text).is_loopback()) << text;
  }
  for (const char* text : {"126.0.0.1", "128.0.0.1", "0.0.0.0", "::", "::2", "2001:db8::1"}) {
    EXPECT_FALSE(address(text).is_loopback()) << text;
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/encode.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace ricochet {
namespace {

TEST(Encode, ServiceKeysAreInNetworkOrder) {
  const ServiceKey key{
      .prefix = *Prefix::parse("10.0.10.0/32"), .port = 80, .protocol = Protocol::tcp};
  const uint64_t encoded = encode_service(key);
  EXPECT_EQ(encoded, rch_service_key(htonl(0x0a000a00), htons(80), 6));
  EXPECT_EQ(decode_service(encoded), key);
}

TEST(Encode, ServiceKeysOfIpv6ComeBack) {
  const ServiceKey key{
      .prefix = *Prefix::parse("2001:db8::1"), .port = 80, .protocol = Protocol::tcp};
  const rch_service6_key encoded = encode_service6(key);
  EXPECT_EQ(encoded.port, htons(80));
  EXPECT_EQ(encoded.protocol, 6);
  EXPECT_EQ(encoded.address.word[0], htonl(0x20010db8));
  EXPECT_EQ(encoded.address.word[3], htonl(1));
  EXPECT_EQ(decode_service6(encoded), key);
}

TEST(Encode, AddressesComeBack) {
  for (const char* text : {"10.0.10.0", "2001:db8::1", "0.0.0.0", "::"}) {
    const Address address = *Address::parse(text);
    EXPECT_EQ(decode_address(encode_address(address)), address) << text;
    EXPECT_EQ(is_none(encode_address(address)), std::string_view(text) == "::") << text;
  }
  const rch_address mapped = rch_ipv4(htonl(0x0a000a00));
  const rch_address encoded = encode_address(*Address::parse("10.0.10.0"));
  EXPECT_TRUE(rch_same_address(&mapped, &encoded));
}

TEST(Encode, PrefixesComeBack) {
  const ServiceKey key{.prefix = *Prefix::parse("10.0.1.0/24")};
  const rch_prefix_key encoded = encode_prefix(key.prefix);
  EXPECT_EQ(encoded.length, 24U);
  EXPECT_EQ(encoded.address, htonl(0x0a000100));
  EXPECT_EQ(decode_prefix(encoded), key.prefix);
  const Prefix prefix6 = *Prefix::parse("2001:db8::/32");
  EXPECT_EQ(decode_prefix6(encode_prefix6(prefix6)), prefix6);
  EXPECT_FALSE(decode_prefix({.length = 33, .address = 0}));
}

TEST(Encode, NextHopsCarryBothMacs) {
  const NextHop nexthop{.port = 3, .mac = *MacAddress::parse("02:03:04:05:06:01")};
  const Interface port{"veth103", 17, *MacAddress::parse("02:00:00:00:00:ff")};
  const rch_nexthop encoded = encode_nexthop(nexthop, port);
  EXPECT_EQ(std::memcmp(encoded.mac, "\x02\x03\x04\x05\x06\x01", 6), 0);
  EXPECT_EQ(std::memcmp(encoded.source_mac, "\x02\x00\x00\x00\x00\xff", 6), 0);
  EXPECT_EQ(encoded.ifindex, 17U);
  EXPECT_EQ(encode_mac(nexthop.mac), 0x020304050601U);
}

}  // namespace
}  // namespace ricochet

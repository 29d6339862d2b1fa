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

TEST(Encode, AddressesAreIpv4) {
  EXPECT_EQ(*encode_address(*Address::parse("10.0.10.0")), htonl(0x0a000a00));
  EXPECT_FALSE(encode_address(*Address::parse("2001:db8::1")));
}

TEST(Encode, PrefixesComeBack) {
  const ServiceKey key{.prefix = *Prefix::parse("10.0.1.0/24")};
  const rch_prefix_key encoded = encode_prefix(key.prefix);
  EXPECT_EQ(encoded.length, 24U);
  EXPECT_EQ(encoded.address, htonl(0x0a000100));
  EXPECT_EQ(decode_prefix(encoded), key);
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

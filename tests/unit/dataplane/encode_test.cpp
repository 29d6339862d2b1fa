// SPDX-License-Identifier: Apache-2.0
#include "dataplane/encode.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace ricochet {
namespace {

TEST(Encode, ServiceKeysAreInNetworkOrder) {
  const ServiceKey key{
      .prefix = *Prefix::parse("10.0.10.0/32"), .port = 80, .protocol = Protocol::tcp};
  const uint64_t encoded = encode_service(key);
  EXPECT_EQ(encoded, rch_service_key(htonl(0x0a000a00), htons(80), 6));
  EXPECT_EQ(decode_service(encoded), key);
}

// Their four bits of the protocol tell all of them apart.
TEST(Encode, ServiceKeysOfEachProtocolComeBack) {
  for (const char* text :
       {"255.255.255.255:65535/tcp", "255.255.255.255:65535/udp", "10.0.10.0:1/udp", "10.0.10.0"}) {
    const ServiceKey key = *parse_service_key(text);
    EXPECT_EQ(decode_service(encode_service(key)), key) << text;
    EXPECT_FALSE(is_address_key(decode_service(encode_service(key)))) << text;
  }
  EXPECT_TRUE(is_address_key(decode_service(rch_service_address_key(htonl(0x0a000a00)))));
}

TEST(Encode, TargetsHaveThePoolAndTheOptions) {
  EXPECT_EQ(encode_target({.pool = 255, .options = {}}), 0x00ff);
  for (const auto& [affinity, encoded] :
       std::map<Affinity, rch_affinity>{{Affinity::flow, RCH_AFFINITY_FLOW},
                                        {Affinity::source_ports, RCH_AFFINITY_SOURCE_PORTS},
                                        {Affinity::source, RCH_AFFINITY_SOURCE},
                                        {Affinity::source_prefix, RCH_AFFINITY_SOURCE_PREFIX}}) {
    EXPECT_EQ(encode_target({.pool = 7, .options = {.affinity = affinity}}),
              rch_service_of(7, encoded));
  }
  EXPECT_EQ(encode_target({.pool = 7, .options = {.keep_flows = true}}),
            rch_service_of(7, RCH_SERVICE_KEEP_FLOWS));
  EXPECT_EQ(encode_target({.pool = 7, .options = {.quic = true}}),
            rch_service_of(7, RCH_SERVICE_QUIC));
  const rch_service all = encode_target(
      {.pool = 255,
       .options = {.affinity = Affinity::source_prefix, .keep_flows = true, .quic = true}});
  EXPECT_EQ(rch_service_pool(all), 255u);
  EXPECT_EQ(rch_service_options(all),
            uint32_t{RCH_AFFINITY_SOURCE_PREFIX} | RCH_SERVICE_KEEP_FLOWS | RCH_SERVICE_QUIC);
  EXPECT_LT(all, RCH_WORD_VALUES);
}

TEST(Encode, QuicServersAreOfTheirPool) {
  const rch_quic_server encoded = encode_quic_server({.pool = 3, .id = 0x0102030405060708});
  EXPECT_EQ(encoded.pool, 3u);
  EXPECT_EQ(encoded.id, 0x0102030405060708u);
  EXPECT_EQ(encoded.reserved, 0u);
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

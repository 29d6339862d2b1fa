// SPDX-License-Identifier: Apache-2.0
#include "abi/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

rch_address parse(const char* text) {
  rch_address address{};
  EXPECT_EQ(1, inet_pton(AF_INET6, text, &address)) << text;
  return address;
}

TEST(AddressTest, AnIpv4AddressIsAMappedOne) {
  const rch_address mapped = rch_ipv4(htonl(0x0a000102));
  const rch_address expected = parse("::ffff:10.0.1.2");
  EXPECT_EQ(0, std::memcmp(&expected, &mapped, sizeof(mapped)));
  EXPECT_TRUE(rch_is_ipv4(&mapped));
  EXPECT_EQ(htonl(0x0a000102), mapped.word[3]);
}

TEST(AddressTest, OtherAddressesAreNotOfIpv4) {
  for (const char* text : {"::", "::1", "::10.0.1.2", "::fffe:10.0.1.2", "::1:ffff:10.0.1.2",
                           "1::ffff:10.0.1.2", "64:ff9b::10.0.1.2", "2001:db8::1"}) {
    const rch_address address = parse(text);
    EXPECT_FALSE(rch_is_ipv4(&address)) << text;
  }
}

TEST(AddressTest, IsTheSameInEveryWord) {
  const rch_address address = parse("2001:db8:1:2:3:4:5:6");
  EXPECT_TRUE(rch_same_address(&address, &address));
  for (size_t word = 0; word < 4; word++) {
    rch_address other = address;
    other.word[word] ^= 1;
    EXPECT_FALSE(rch_same_address(&address, &other)) << word;
  }
}

// A packet is looked up by its port and protocol, or by neither.
TEST(AddressTest, TheKeyOfAnAddressIsThatOfNoService) {
  const rch_address address = parse("2001:db8::1");
  const auto of_address = rch_service6_address(&address);
  const auto of_any_port = rch_service6(&address, 0, 0);
  EXPECT_NE(0, std::memcmp(&of_address, &of_any_port, sizeof(of_address)));
  EXPECT_EQ(0, of_address.protocol);
  EXPECT_NE(0, of_address.port);
}

}  // namespace
}  // namespace ricochet

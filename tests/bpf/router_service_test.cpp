// SPDX-License-Identifier: Apache-2.0
// From a destination to a pool: which packets are the router's, and the most specific first.
#include <linux/bpf.h>
#include <netinet/in.h>

#include <vector>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint32_t kPrefixHost = ipv4(10, 20, 30, 40);
constexpr uint32_t kElsewhere = ipv4(192, 0, 2, 1);

// Pool n has one bucket with one owner, backend n: the backend tells which pool was found.
class RouterServiceTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    for (uint16_t n = 1; n <= 6; n++) {
      router().set_pool(n, n, 0);
      router().set_bucket(n, {n});
      add_backend(n);
    }
    router().add_service({kServiceAddress, 80}, IPPROTO_TCP, 1);
    router().add_service({kServiceAddress, 80}, IPPROTO_UDP, 2);
    router().add_service({kServiceAddress, 0}, 0, 3);
    router().add_prefix(ipv4(10, 20, 0, 0), 16, 4);
    router().add_prefix(ipv4(10, 20, 30, 0), 24, 5);
    router().add_prefix(ipv4(10, 0, 0, 0), 8, 6);
  }

  void expect_pool(const Packet& packet, uint32_t pool) {
    EXPECT_EQ(forwarded(packet, pool), send(packet));
  }
  void expect_no_service(const Packet& packet) {
    EXPECT_EQ(passed(packet, "pass_no_service"), send(packet));
  }
};

TEST_F(RouterServiceTest, AddressPortAndProtocolComeFirst) {
  expect_pool(Packet::tcp(kClient, {kServiceAddress, 80}), 1);
  expect_pool(Packet::udp(kClient, {kServiceAddress, 80}), 2);
}

TEST_F(RouterServiceTest, AnyPortTakesTheOtherPortsAndProtocols) {
  expect_pool(Packet::tcp(kClient, {kServiceAddress, 81}), 3);
  expect_pool(Packet::udp(kClient, {kServiceAddress, 53}), 3);
  expect_pool(Packet::icmp(kClient.address, kServiceAddress), 3);
  expect_pool(Packet::other(IPPROTO_GRE, kClient.address, kServiceAddress), 3);
}

TEST_F(RouterServiceTest, ThePortOfTheServiceIsTheDestinationPort) {
  expect_pool(Packet::tcp({kClient.address, 80}, {kServiceAddress, 8080}), 3);
}

TEST_F(RouterServiceTest, AServiceOfOnePortLeavesTheRestToTheKernel) {
  constexpr uint32_t kOther = ipv4(172, 16, 0, 1);
  router().add_service({kOther, 443}, IPPROTO_TCP, 1);
  expect_pool(Packet::tcp(kClient, {kOther, 443}), 1);
  expect_no_service(Packet::tcp(kClient, {kOther, 80}));
  expect_no_service(Packet::udp(kClient, {kOther, 443}));
  expect_no_service(Packet::other(IPPROTO_GRE, kClient.address, kOther));
}

TEST_F(RouterServiceTest, TheLongestPrefixWins) {
  expect_pool(Packet::tcp(kClient, {kPrefixHost, 80}), 5);
  expect_pool(Packet::udp(kClient, {kPrefixHost, 7}), 5);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 20, 31, 40), 80}), 4);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 21, 30, 40), 80}), 6);
}

TEST_F(RouterServiceTest, APrefixMayBeOfAnyLength) {
  router().add_prefix(ipv4(10, 20, 30, 42), 31, 1);
  router().add_prefix(0, 0, 2);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 20, 30, 41), 80}), 5);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 20, 30, 42), 80}), 1);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 20, 30, 43), 80}), 1);
  expect_pool(Packet::tcp(kClient, {ipv4(10, 20, 30, 44), 80}), 5);
  expect_pool(Packet::tcp(kClient, {kElsewhere, 80}), 2);
}

TEST_F(RouterServiceTest, AnAddressComesBeforeAPrefix) {
  router().add_service({kPrefixHost, 0}, 0, 2);
  expect_pool(Packet::tcp(kClient, {kPrefixHost, 80}), 2);
  router().add_service({kPrefixHost, 80}, IPPROTO_TCP, 1);
  expect_pool(Packet::tcp(kClient, {kPrefixHost, 80}), 1);
  expect_pool(Packet::tcp(kClient, {kPrefixHost, 81}), 2);
}

TEST_F(RouterServiceTest, OtherAddressesAreLeftToTheKernel) {
  expect_no_service(Packet::tcp(kClient, {kElsewhere, 80}));
  expect_no_service(Packet::udp(kClient, {kElsewhere, 80}));
  expect_no_service(Packet::icmp(kClient.address, kElsewhere));
  // A service is a destination: what its servers send is not the router's.
  expect_no_service(Packet::tcp({kServiceAddress, 80}, {kElsewhere, 40000}));
}

TEST_F(RouterServiceTest, WhatIsNotIpIsLeftToTheKernel) {
  for (const unsigned type : {ETH_P_ARP, ETH_P_MPLS_UC, ETH_P_8021Q, 0x0000, 0x0008, 0xffff}) {
    const Packet packet = Packet::tcp(kClient, kService).ether_type(static_cast<uint16_t>(type));
    EXPECT_EQ(passed(packet, "pass_not_ip"), send(packet)) << "EtherType " << type;
  }
}

TEST_F(RouterServiceTest, APoolWithoutATableDrops) {
  constexpr rch_pool_index kNeverPublished = 100;
  const Packet packet = Packet::tcp(kClient, {kElsewhere, 80});
  router().add_service({kElsewhere, 80}, IPPROTO_TCP, kNeverPublished);
  EXPECT_EQ(dropped(packet, "drop_no_backend"), send(packet));
}

TEST_F(RouterServiceTest, TheLastPoolIsOneAsWell) {
  constexpr rch_pool_index kLast = RCH_POOLS_MAX - 1;
  const Packet packet = Packet::tcp(kClient, {kElsewhere, 80});
  router().set_pool(kLast, 6, 0);
  router().add_service({kElsewhere, 80}, IPPROTO_TCP, kLast);
  expect_pool(packet, 6);
}

// A free word of the table looks like key 0, which is what 0.0.0.0 with any port would be.
TEST_F(RouterServiceTest, TheAddressZeroIsNoService) {
  expect_no_service(Packet::tcp(kClient, {0, 80}));
  expect_no_service(Packet::icmp(kClient.address, ipv4(0, 0, 0, 0)));
}

// As many as the set that all of them pick and the one beside it hold.
TEST_F(RouterServiceTest, ServicesThatShareASetAreAllFound) {
  const auto set_of = [](uint32_t address) {
    return rch_word_set_index(rch_service_key(htonl(address), htons(80), IPPROTO_TCP),
                              RCH_SERVICE_SETS);
  };
  constexpr uint32_t kFirst = ipv4(172, 16, 0, 1);
  std::vector<uint32_t> addresses;
  for (uint32_t address = kFirst; addresses.size() < 2 * RCH_SET_WORDS; address++)
    if (set_of(address) == set_of(kFirst)) addresses.push_back(address);
  for (uint32_t i = 0; i < addresses.size(); i++)
    router().add_service({addresses[i], 80}, IPPROTO_TCP, 1 + i % 2);
  for (uint32_t i = 0; i < addresses.size(); i++)
    expect_pool(Packet::tcp(kClient, {addresses[i], 80}), 1 + i % 2);
}

TEST_F(RouterServiceTest, ATableBeyondTheArrayDrops) {
  router().set_pool(1, 1u << 20, 0);
  const Packet packet = Packet::tcp(kClient, kService);
  EXPECT_EQ(dropped(packet, "drop_no_backend"), send(packet));
}

}  // namespace
}  // namespace ricochet::test

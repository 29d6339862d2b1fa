// SPDX-License-Identifier: Apache-2.0
#include "netlink/messages.h"

#include <gtest/gtest.h>

#include "kernel_message.h"

namespace ricochet {
namespace {

using test::a_link;
using test::a_neighbour;
using test::KernelMessage;

const Address kAddress = *Address::parse("10.0.0.1");

TEST(ParseLink, ReadsAllOfAnInterface) {
  EXPECT_EQ(parse_link(*a_link(RTM_NEWLINK, 7, "eth0.5", 9000).with_kind("vlan")),
            (Link{.ifindex = 7,
                  .name = "eth0.5",
                  .mac = MacAddress(test::kMac),
                  .up = true,
                  .mtu_bytes = 9000,
                  .kind = "vlan"}));
}

TEST(ParseLink, IsUpWhenSetUpAndWithACarrier) {
  const auto up = [](unsigned flags) {
    return parse_link(*KernelMessage::of_link(RTM_NEWLINK, 7, flags)
                           .with(IFLA_IFNAME, std::string("eth0"))
                           .with(IFLA_MTU, uint32_t{1500}))
        ->up;
  };
  EXPECT_TRUE(up(IFF_UP | test::kLowerUpFlag));
  EXPECT_FALSE(up(IFF_UP));
  EXPECT_FALSE(up(test::kLowerUpFlag));
}

TEST(ParseLink, AnInterfaceWithoutEthernetHasNoMac) {
  const auto tunnel = KernelMessage::of_link(RTM_NEWLINK, 7, IFF_UP)
                          .with(IFLA_IFNAME, std::string("tun0"))
                          .with(IFLA_ADDRESS, uint32_t{0x0a000001})
                          .with(IFLA_MTU, uint32_t{1400});
  EXPECT_EQ(parse_link(*tunnel)->mac, MacAddress{});
  EXPECT_EQ(parse_link(*tunnel)->kind, "");
}

TEST(ParseLink, PassesOverWhatIsNotAboutTheInterfaceItself) {
  EXPECT_FALSE(parse_link(*KernelMessage::of_link(RTM_DELLINK, 7, IFF_UP, AF_BRIDGE)
                               .with(IFLA_IFNAME, std::string("eth0"))
                               .with(IFLA_MTU, uint32_t{1500})));
  EXPECT_FALSE(parse_link(*KernelMessage::of_link(RTM_NEWLINK, 7, IFF_UP)
                               .with(IFLA_IFNAME, std::string("wlan0"))
                               .with(IFLA_WIRELESS, uint32_t{1})));
}

TEST(ParseLink, PassesOverAMessageThatIsTooShort) {
  const auto whole = a_link(RTM_NEWLINK, 7, "eth0");
  nlmsghdr& message = *whole;
  message.nlmsg_len = sizeof(nlmsghdr) + sizeof(ifinfomsg) - 1;
  EXPECT_FALSE(parse_link(message));
}

TEST(ParseNeighbour, ReadsAllOfAnEntry) {
  const auto message = KernelMessage::of_neighbour(RTM_NEWNEIGH, 7, NUD_REACHABLE, NTF_EXT_LEARNED)
                           .with(NDA_DST, kAddress.ipv4_network_order())
                           .with(NDA_LLADDR, test::kMac)
                           .with(NDA_PROTOCOL, uint8_t{113})
                           .with(NDA_FLAGS_EXT, uint32_t{NTF_EXT_MANAGED});
  EXPECT_EQ(parse_neighbour(*message), (KernelNeighbour{.ifindex = 7,
                                                        .address = kAddress,
                                                        .mac = MacAddress(test::kMac),
                                                        .state = NUD_REACHABLE,
                                                        .flags = NTF_EXT_LEARNED,
                                                        .extended_flags = NTF_EXT_MANAGED,
                                                        .protocol = 113}));
}

TEST(ParseNeighbour, TheMacCountsInTheStatesInWhichTheKernelUsesIt) {
  for (const int state : {NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_PERMANENT, NUD_NOARP})
    EXPECT_TRUE(parse_neighbour(*a_neighbour(RTM_NEWNEIGH, 7, static_cast<uint16_t>(state)))->mac)
        << state;
  for (const int state : {NUD_NONE, NUD_INCOMPLETE, NUD_FAILED})
    EXPECT_FALSE(parse_neighbour(*a_neighbour(RTM_NEWNEIGH, 7, static_cast<uint16_t>(state)))->mac)
        << state;
}

TEST(ParseNeighbour, AMacThatIsNotOfOneMachineIsNone) {
  const auto mac = [](const test::Octets& octets) {
    return parse_neighbour(*a_neighbour(RTM_NEWNEIGH, 7, NUD_NOARP, octets))->mac;
  };
  EXPECT_FALSE(mac({}));
  EXPECT_FALSE(mac({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
  EXPECT_FALSE(mac({0x01, 0, 0x5e, 0, 0, 0x16}));
}

TEST(ParseNeighbour, IsOfIpv6Too) {
  const auto neighbour = [](const char* address) {
    return parse_neighbour(*KernelMessage::of_neighbour(RTM_NEWNEIGH, 7, NUD_STALE, 0, AF_INET6)
                                .with(NDA_DST, Address::parse(address)->octets())
                                .with(NDA_LLADDR, test::kMac));
  };
  ASSERT_TRUE(neighbour("2001:db8::1"));
  EXPECT_EQ(neighbour("2001:db8::1")->address, *Address::parse("2001:db8::1"));
  EXPECT_EQ(neighbour("2001:db8::1")->mac, MacAddress(test::kMac));
  EXPECT_FALSE(neighbour("fe80::1"));
}

TEST(ParseNeighbour, PassesOverOtherTables) {
  const auto neighbour = [](uint8_t flags, unsigned char family) {
    return parse_neighbour(*KernelMessage::of_neighbour(RTM_NEWNEIGH, 7, NUD_STALE, flags, family)
                                .with(NDA_DST, kAddress.ipv4_network_order())
                                .with(NDA_LLADDR, test::kMac));
  };
  EXPECT_TRUE(neighbour(0, AF_INET));
  EXPECT_FALSE(neighbour(0, AF_BRIDGE));
  EXPECT_FALSE(neighbour(NTF_PROXY, AF_INET));
  EXPECT_FALSE(parse_neighbour(*KernelMessage::of_neighbour(RTM_NEWNEIGH, 7, NUD_STALE)
                                    .with(NDA_DST, std::array<uint8_t, 16>{})));
  EXPECT_FALSE(parse_neighbour(*KernelMessage::of_neighbour(RTM_NEWNEIGH, 7, NUD_STALE)));
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// What is to no service, sent on by the kernel's routes, which are real ones here; and what is left
// to the kernel although it has a route for it.
#include <linux/bpf.h>
#include <netinet/in.h>

#include "icmp_frames.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr Mac kNextHopMac{0x02, 0, 0, 0, 0xbe, 0x77};
constexpr Mac kOutMac{0x02, 0, 0, 0, 0xa0, 0x77};
constexpr Mac kInMac{0x02, 0, 0, 0, 0xa0, 0x76};
constexpr uint16_t kOutMtu = 1400;

// Destinations of the third number of 10.77.x.9, and of 2001:db8:77:x::9.
enum Route : uint8_t {
  kLocal = 0,  // x.1 is this machine, x.2 the next hop
  kRouted,
  kWithoutNeighbour,
  kNoPort,
  kWayBack,
  kBlackhole,
  kByRule,  // or none: by source, ToS 0x10, GRE
};

constexpr IpAddress host(Route route, uint8_t number = 9) {
  return ipv4(10, 77, route, number);
}
constexpr IpAddress host6(Route route, uint8_t number = 9) {
  return IpAddress({0x20010db8, 0x00770000u + route, 0, number});
}

// In by the client's MAC: to the port of the router.
class RouterFibTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    static const bool laid = (lay_network(), true);
    static_cast<void>(laid);
    set_forwarding(true);
    load({.forward_by_fib = true});
    router().add_port(in().ifindex());
    router().add_port(out().ifindex());
    router().set_port_mac(in().ifindex(), kRouterMac);
  }

  static const Wire& in() {
    static const Wire wire(Wire::Kind::kEthernet, "fib-in");
    return wire;
  }
  static const Wire& out() {
    static const Wire wire(Wire::Kind::kEthernet, "fib-out");
    return wire;
  }
  // An interface that is no port of the router.
  static const Wire& other() {
    static const Wire wire(Wire::Kind::kEthernet, "fib-other");
    return wire;
  }

  static void lay_network() {
    in(), out(), other();
    for (const std::string name : {"fib-in", "fib-out", "fib-other"})
      write_sysctl("net/ipv6/conf/" + name + "/disable_ipv6", "0");
    run_command("ip link set fib-in address 02:00:00:00:a0:76 mtu 3000");
    run_command("ip link set fib-out address 02:00:00:00:a0:77 mtu 1400");
    run_command(R"(
      set -e
      next_hop() { ip neighbour replace $1 lladdr 02:00:00:00:be:77 nud permanent dev $2; }
      ip address add 10.77.0.1/24 dev fib-out
      ip address add 2001:db8:77::1/64 dev fib-out nodad
      ip address add 10.77.100.1/24 dev fib-in
      ip address add 2001:db8:77:100::1/64 dev fib-in nodad
      ip address add 10.77.101.1/24 dev fib-other
      ip address add 2001:db8:77:101::1/64 dev fib-other nodad
      next_hop 10.77.0.2 fib-out
      next_hop 2001:db8:77::2 fib-out
      next_hop 10.77.100.2 fib-in
      next_hop 2001:db8:77:100::2 fib-in
      next_hop 10.77.101.2 fib-other
      next_hop 2001:db8:77:101::2 fib-other
      ip route add 10.77.1.0/24 via 10.77.0.2
      ip route add 2001:db8:77:1::/64 via 2001:db8:77::2
      ip route add 10.77.2.0/24 via 10.77.0.3
      ip route add 2001:db8:77:2::/64 via 2001:db8:77::3
      ip route add 10.77.3.0/24 via 10.77.101.2
      ip route add 2001:db8:77:3::/64 via 2001:db8:77:101::2
      ip route add 10.77.4.0/24 via 10.77.100.2
      ip route add 2001:db8:77:4::/64 via 2001:db8:77:100::2
      ip route add blackhole 10.77.5.0/24
      ip route add blackhole 2001:db8:77:5::/64
      ip route add 0.1.0.0/16 via 10.77.0.2
      ip route add 10.77.6.0/24 via 10.77.0.2 table 77
      ip route add 2001:db8:77:6::/64 via 2001:db8:77::2 table 77
      ip rule add from 192.0.2.7 table 77
      ip -6 rule add from 2001:db8:c000::7 table 77
      ip rule add tos 0x10 table 77
      ip -6 rule add tos 0x10 table 77
      ip rule add ipproto 47 table 77
      ip -6 rule add ipproto 47 table 77
    )");
  }
  static void set_forwarding(bool on) {
    write_sysctl("net/ipv4/conf/fib-in/forwarding", on ? "1" : "0");
    write_sysctl("net/ipv6/conf/fib-in/forwarding", on ? "1" : "0");
  }

  Outcome send_in(const Packet& packet) { return router().send(packet, in().ifindex()); }
  void expect_routed(const Packet& packet) {
    EXPECT_EQ(sent_on(packet, kOutMac, XDP_REDIRECT), send_in(packet));
  }
  void expect_left(const Packet& packet) {
    EXPECT_EQ(passed(packet, "pass_no_service"), send_in(packet));
  }
  static Outcome sent_on(const Packet& packet, const Mac& source, uint32_t action) {
    const auto ttl = static_cast<uint8_t>(packet.ttl() - 1);
    return {.action = action,
            .packet = packet.ttl(ttl).macs(source, kNextHopMac).bytes(),
            .counted = {{"routed", 1}},
            .traffic = {}};
  }

  static std::array<Packet, 2> packets_to(Route route, uint8_t number = 9) {
    return {Packet::tcp(kClient, {host(route, number), 80}),
            Packet::tcp(kClient6, {host6(route, number), 80})};
  }
  const std::array<Packet, 2> packets_ = packets_to(kRouted);
  const Packet& packet_ = packets_[0];
  const Packet& packet6_ = packets_[1];
};

TEST_F(RouterFibTest, IsSentOnByTheRoute) {
  for (const Packet& packet : packets_) {
    for (const uint8_t ttl : std::initializer_list<uint8_t>{2, 64, 255})
      expect_routed(packet.ttl(ttl));
    expect_routed(packet.tos(0x0c).payload("a mark is nobody's business here"));
    expect_routed(packet.flags(kSyn).padded_to(200));
  }
  expect_routed(packet6_.flow_label(7));
}

TEST_F(RouterFibTest, AnyProtocolIs) {
  expect_routed(Packet::udp(kClient, {host(kRouted), 53}));
  expect_routed(Packet::udp(kClient6, {host6(kRouted), 53}));
  expect_routed(Packet::icmp(kClient.address, host(kRouted)));
  expect_routed(Packet::icmp(kClient6.address, host6(kRouted)));
  expect_routed(Packet::other(IPPROTO_GRE, kClient.address, host(kRouted)).payload("x"));
  expect_routed(Packet::other(IPPROTO_GRE, kClient6.address, host6(kRouted)).payload("x"));
  expect_routed(packet6_.extension(IPPROTO_DSTOPTS));
}

TEST_F(RouterFibTest, TheKernelsRulesCount) {
  const Endpoint source{ipv4(192, 0, 2, 7), 40000};
  const Endpoint source6{IpAddress({0x20010db8, 0xc0000000, 0, 7}), 40000};
  expect_routed(Packet::tcp(source, {host(kByRule), 80}));
  expect_routed(Packet::tcp(source6, {host6(kByRule), 80}));
  for (const Packet& packet : packets_to(kByRule)) expect_routed(packet.tos(0x10));
  expect_routed(Packet::other(IPPROTO_GRE, kClient.address, host(kByRule)).payload("x"));
  expect_routed(Packet::other(IPPROTO_GRE, kClient6.address, host6(kByRule)).payload("x"));
}

TEST_F(RouterFibTest, ANeighbourIsReachedDirectly) {
  for (const Packet& packet : packets_to(kLocal, 2)) expect_routed(packet);
}

TEST_F(RouterFibTest, EachFragmentIs) {
  for (const Packet& packet : packets_) {
    expect_routed(packet.fragment(0, true));
    expect_routed(packet.payload("a piece").fragment(16, false));
  }
}

TEST_F(RouterFibTest, AnIcmpErrorGoesToItsReceiverWhateverItIsAbout) {
  const Endpoint receiver{host(kRouted), 80}, receiver6{host6(kRouted), 80};
  expect_routed(error_about(Packet::tcp(receiver, kClient)));
  expect_routed(error_about6(Packet::tcp(receiver6, kClient6)));
}

TEST_F(RouterFibTest, BackToWhereItCameFrom) {
  for (const Packet& packet : packets_to(kWayBack))
    EXPECT_EQ(sent_on(packet, kInMac, XDP_TX), send_in(packet));
}

TEST_F(RouterFibTest, AServiceComesFirst) {
  add_backend(1);
  router().set_bucket(kBucket, {1});
  router().add_service({host(kRouted), 80}, IPPROTO_TCP, kPool);
  router().add_service({host6(kRouted), 80}, IPPROTO_TCP, kPool);
  for (const Packet& packet : packets_) EXPECT_EQ(forwarded(packet, 1), send_in(packet));
  expect_routed(Packet::tcp(kClient, {host(kRouted), 81}));
  expect_routed(Packet::tcp(kClient6, {host6(kRouted), 81}));
}

TEST_F(RouterFibTest, CanBeOff) {
  load({});
  router().add_port(out().ifindex());
  router().set_port_mac(in().ifindex(), kRouterMac);
  for (const Packet& packet : packets_) expect_left(packet);
}

TEST_F(RouterFibTest, TheMachinesOwnAddressesAreLeft) {
  for (const Packet& packet : packets_to(kLocal, 1)) expect_left(packet);
}

TEST_F(RouterFibTest, WithoutARouteItIsLeft) {
  for (const Packet& packet : packets_to(kByRule)) expect_left(packet);
  for (const Packet& packet : packets_to(kBlackhole)) expect_left(packet);
}

TEST_F(RouterFibTest, WithoutANeighbourItIsLeft) {
  for (const Packet& packet : packets_to(kWithoutNeighbour)) expect_left(packet);
  for (const Packet& packet : packets_to(kLocal, 4)) expect_left(packet);
}

TEST_F(RouterFibTest, WithoutAHopToSpendItIsLeft) {
  for (const Packet& packet : packets_)
    for (const uint8_t ttl : std::initializer_list<uint8_t>{0, 1}) expect_left(packet.ttl(ttl));
}

TEST_F(RouterFibTest, WhatIsLargerThanTheMtuIsLeft) {
  constexpr size_t kTcpBytes = 20;
  const std::string most(kOutMtu - 20 - kTcpBytes, 'x'), most6(kOutMtu - 40 - kTcpBytes, 'x');
  expect_routed(packet_.payload(most));
  expect_routed(packet6_.payload(most6));
  expect_left(packet_.payload(most + 'x'));
  expect_left(packet6_.payload(most6 + 'x'));
}

TEST_F(RouterFibTest, WhatRoutersHaveToReadIsLeft) {
  for (const unsigned words : {1, 10}) expect_left(packet_.ip_options(words));
  expect_left(packet6_.extension(IPPROTO_HOPOPTS));
}

TEST_F(RouterFibTest, FramesWithATagAreLeft) {
  for (const Packet& packet : packets_) {
    expect_left(packet.vlan(ETH_P_8021Q, 100));
    expect_left(packet.vlan(ETH_P_8021AD, 7).vlan(ETH_P_8021Q, 100));
  }
  // Nor is a tag read as the beginning of an IP header, with a destination that has a route.
  const Packet odd = Packet::tcp({host(kWayBack), 40000}, {host(kRouted), 80}).id(0x4000);
  expect_left(odd.vlan(ETH_P_8021Q, 0x4500));
}

TEST_F(RouterFibTest, FramesForAnotherMachineAreLeft) {
  for (const Packet& packet : packets_)
    for (const Mac& mac :
         {kServersPortMac, Mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, Mac{0x33, 0x33, 0, 0, 0, 1}})
      expect_left(packet.macs(kStrangerMac, mac));
  // The MAC of one port is not that of another.
  router().set_port_mac(in().ifindex(), kServersPortMac);
  router().set_port_mac(out().ifindex(), kRouterMac);
  for (const Packet& packet : packets_) expect_left(packet);
}

TEST_F(RouterFibTest, WhereForwardingIsOffItIsLeft) {
  set_forwarding(false);
  for (const Packet& packet : packets_) expect_left(packet);
}

TEST_F(RouterFibTest, LinkLocalAddressesAreLeft) {
  for (const uint32_t first : {0xfe800000, 0xfebf1234}) {
    const IpAddress link_local({first, 0, 0, 9});
    expect_left(Packet::tcp({link_local, 40000}, {host6(kRouted), 80}));
    expect_left(Packet::tcp(kClient6, {link_local, 80}));
  }
  // The networks before and behind are none.
  for (const uint32_t first : {0xfe7f1234, 0xfec00000})
    expect_routed(Packet::tcp({IpAddress({first, 0, 0, 9}), 40000}, {host6(kRouted), 80}));
}

// The kernel drops these, and says so if it is asked to.
TEST_F(RouterFibTest, WhatNoHostCanSendOrReceiveIsLeft) {
  for (const uint32_t source : {ipv4(0, 0, 0, 0), ipv4(0, 1, 2, 3), ipv4(127, 0, 0, 1),
                                ipv4(224, 0, 0, 1), ipv4(255, 255, 255, 255)})
    expect_left(Packet::tcp({source, 40000}, {host(kRouted), 80}));
  expect_left(Packet::tcp(kClient, {ipv4(0, 1, 2, 3), 80}));
  for (const IpAddress& source :
       {IpAddress({0, 0, 0, 0}), IpAddress({0, 0, 0, 1}), IpAddress({0xff020000, 0, 0, 1})})
    expect_left(Packet::tcp({source, 40000}, {host6(kRouted), 80}));
  for (const uint32_t source :
       {ipv4(1, 0, 0, 0), ipv4(126, 0, 0, 1), ipv4(128, 0, 0, 1), ipv4(223, 255, 255, 255)})
    expect_routed(Packet::tcp({source, 40000}, {host(kRouted), 80}));
  expect_routed(Packet::tcp({IpAddress({0, 0, 1, 0}), 40000}, {host6(kRouted), 80}));
}

TEST_F(RouterFibTest, WhatLeavesByAnInterfaceThatIsNoPortIsLeft) {
  for (const Packet& packet : packets_to(kNoPort)) expect_left(packet);
}

TEST_F(RouterFibTest, WhatIsToManyIsLeft) {
  expect_left(Packet::udp(kClient, {ipv4(224, 0, 0, 251), 5353}));
  expect_left(Packet::udp(kClient, {host(kLocal, 255), 5353}));
  expect_left(Packet::udp(kClient6, {IpAddress({0xff020000, 0, 0, 0xfb}), 5353}));
}

}  // namespace
}  // namespace ricochet::test

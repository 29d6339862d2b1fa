// SPDX-License-Identifier: Apache-2.0
#include "agent/host_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Address kService = *Address::parse("10.0.10.0");

// A server on which nothing is wrong.
HostFacts good_host() {
  HostFacts facts;
  facts.interface = "eth0";
  facts.exists = true;
  facts.up = true;
  facts.on_loopback = {{kService, 32}};
  facts.listening = {Address()};
  facts.arp_ignore = 1;
  facts.arp_announce = 2;
  facts.rp_filter = 0;
  facts.tcp_syncookies = 1;
  facts.mtu_bytes = 1500;
  facts.default_route = true;
  facts.driver = "virtio_net";
  facts.checksum_offload = true;
  facts.gro = true;
  facts.lro = false;
  facts.rxvlan = true;
  return facts;
}

// What is wrong, as the tests below compare it.
std::vector<Check> problems(const HostFacts& facts, const std::set<Address>& services) {
  std::vector<Check> checks = check_host(facts, services);
  std::erase_if(checks, [](const Check& check) { return check.ok(); });
  return checks;
}

auto problem(const std::string& name, const std::string& what, const std::string& remedy) {
  return AllOf(Field(&Check::name, name), Field(&Check::found, ""),
               Field(&Check::problem, HasSubstr(what)), Field(&Check::remedy, HasSubstr(remedy)));
}

auto in_order(const std::string& name, const std::string& found) {
  return AllOf(Field(&Check::name, name), Field(&Check::found, HasSubstr(found)),
               Field(&Check::problem, ""), Field(&Check::remedy, ""));
}

TEST(HostCheck, SaysWhatIsInOrder) {
  EXPECT_THAT(check_host(good_host(), {kService}),
              ElementsAre(in_order("interface", "eth0 is up"),
                          in_order("service_address", "10.0.10.0/32 is on lo"),
                          in_order("listener", "10.0.10.0"), in_order("arp_ignore", "1 on eth0"),
                          in_order("arp_announce", "2 on eth0"), in_order("rp_filter", "0 on eth0"),
                          in_order("mtu", "1500 on eth0"),
                          in_order("offloads", "transmit checksum on, gro on, lro off, rxvlan on"),
                          in_order("tcp_syncookies", "1"), in_order("default_route", "there is")));
}

TEST(HostCheck, MissesTheInterface) {
  HostFacts facts = good_host();
  facts.exists = false;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("interface", "there is no interface eth0", "ip link")));
}

TEST(HostCheck, WantsTheInterfaceUp) {
  HostFacts facts = good_host();
  facts.up = false;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("interface", "eth0 is down", "ip link set eth0 up")));
}

TEST(HostCheck, MissesTheAddressOnLo) {
  HostFacts facts = good_host();
  facts.on_loopback.clear();
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("service_address", "10.0.10.0 is not on lo",
                                  "ip address add 10.0.10.0/32 dev lo")));
}

TEST(HostCheck, WantsTheAddressAlone) {
  HostFacts facts = good_host();
  facts.on_loopback = {{kService, 24}};
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("service_address", "10.0.10.0/24 is on lo",
                                  "ip address del 10.0.10.0/24 dev lo; "
                                  "ip address add 10.0.10.0/32 dev lo")));
}

TEST(HostCheck, WantsSomethingToGuard) {
  EXPECT_THAT(problems(good_host(), {}),
              ElementsAre(problem("service_address", "no service address on lo", "dev lo")));
}

TEST(HostCheck, LooksAtEachAddress) {
  const Address other = *Address::parse("10.0.10.1");
  EXPECT_THAT(problems(good_host(), {kService, other}),
              ElementsAre(problem("service_address", "10.0.10.1 is not on lo", "10.0.10.1/32")));
}

TEST(HostCheck, MissesTheListener) {
  HostFacts facts = good_host();
  facts.listening = {*Address::parse("127.0.0.1")};
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("listener", "nothing listens on 10.0.10.0", "start the server")));
  facts.listening = {kService};
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WantsArpSilence) {
  HostFacts facts = good_host();
  facts.arp_ignore = 0;
  facts.arp_announce = 1;
  EXPECT_THAT(
      problems(facts, {kService}),
      ElementsAre(
          problem("arp_ignore", "arp_ignore is 0", "net.ipv4.conf.eth0.arp_ignore=1"),
          problem("arp_announce", "arp_announce is 1", "net.ipv4.conf.eth0.arp_announce=2")));
}

TEST(HostCheck, DoesNotGuessWhatItCannotRead) {
  HostFacts facts = good_host();
  facts.arp_ignore.reset();
  facts.arp_announce.reset();
  facts.rp_filter.reset();
  facts.tcp_syncookies.reset();
  facts.mtu_bytes.reset();
  facts.checksum_offload.reset();
  facts.gro.reset();
  facts.lro.reset();
  facts.rxvlan.reset();
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
  EXPECT_THAT(check_host(facts, {kService}), Contains(in_order("mtu", "not known")));
}

TEST(HostCheck, WarnsOfStrictReversePathFilterOnly) {
  HostFacts facts = good_host();
  facts.rp_filter = 1;
  EXPECT_THAT(problems(facts, {kService}), ElementsAre(problem("rp_filter", "rp_filter is strict",
                                                               "net.ipv4.conf.eth0.rp_filter=2")));
  facts.rp_filter = 2;
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WarnsOfASmallMtu) {
  HostFacts facts = good_host();
  facts.mtu_bytes = 1499;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("mtu", "MTU of eth0 is 1499", "ip link set eth0 mtu 1500")));
}

TEST(HostCheck, WarnsOfChecksumOffloadOnVethOnly) {
  HostFacts facts = good_host();
  facts.driver = "veth";
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("offloads", "bad checksum", "ethtool -K eth0 tx off")));
  facts.checksum_offload = false;
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WarnsOfStrippedTagsWhereThereAreVlans) {
  HostFacts facts = good_host();
  facts.has_vlans = true;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("offloads", "without its tag", "ethtool -K eth0 rxvlan off")));
  facts.rxvlan = false;
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WantsSynCookies) {
  HostFacts facts = good_host();
  facts.tcp_syncookies = 0;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("tcp_syncookies", "is 0", "net.ipv4.tcp_syncookies=1")));
  facts.tcp_syncookies = 2;
  EXPECT_THAT(problems(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WantsAWayBackToClients) {
  HostFacts facts = good_host();
  facts.default_route = false;
  EXPECT_THAT(problems(facts, {kService}),
              ElementsAre(problem("default_route", "no default route", "ip route add default")));
}

TEST(AttachCheck, FindsNothingInTheWay) {
  EXPECT_THAT(check_attach(good_host(), false), in_order("xdp", "driver virtio_net"));
}

TEST(AttachCheck, KnowsTheAgentsOwnProgram) {
  HostFacts facts = good_host();
  facts.xdp = XdpMode::native;
  EXPECT_THAT(check_attach(facts, true), in_order("xdp", "attached to eth0 (native)"));
  facts.xdp = XdpMode::generic;
  EXPECT_THAT(check_attach(facts, true), in_order("xdp", "attached to eth0 (generic)"));
}

TEST(AttachCheck, FindsAnotherProgram) {
  HostFacts facts = good_host();
  facts.xdp = XdpMode::generic;
  EXPECT_THAT(check_attach(facts, false),
              problem("xdp", "an XDP program of somebody else", "ip link set dev eth0 xdp off"));
}

TEST(AttachCheck, APinAloneIsNoProgram) {
  EXPECT_THAT(check_attach(good_host(), true), in_order("xdp", "nothing is in the way"));
}

TEST(AttachCheck, FindsWhatDriversRefuse) {
  HostFacts facts = good_host();
  facts.lro = true;
  EXPECT_THAT(check_attach(facts, false), problem("xdp", "LRO is on", "ethtool -K eth0 lro off"));
  facts.xdp = XdpMode::native;
  EXPECT_TRUE(check_attach(facts, true).ok());
}

TEST(AttachCheck, WantsTypesOfTheKernel) {
  HostFacts facts = good_host();
  facts.kernel_btf = false;
  EXPECT_THAT(check_attach(facts, false), problem("xdp", "no BTF", "CONFIG_DEBUG_INFO_BTF"));
}

TEST(DeviceBelowVlan, ByTheKernelsLines) {
  EXPECT_EQ(device_below_vlan("eth0.5         | 5  | eth0"), "eth0");
  EXPECT_EQ(device_below_vlan("enp129s0f0.1000| 1000  | enp129s0f0"), "enp129s0f0");
  EXPECT_EQ(device_below_vlan("Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD"), "");
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "agent/host_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Ipv4Address kService = *Ipv4Address::parse("10.0.10.0");

// A server on which nothing is wrong.
HostFacts good_host() {
  HostFacts facts;
  facts.interface = "eth0";
  facts.on_loopback = {kService};
  facts.listening = {Ipv4Address()};
  facts.arp_ignore = 1;
  facts.arp_announce = 2;
  facts.rp_filter = 0;
  facts.mtu_bytes = 1500;
  return facts;
}

auto finding(const std::string& problem, const std::string& remedy) {
  return AllOf(Field(&Finding::problem, HasSubstr(problem)),
               Field(&Finding::remedy, HasSubstr(remedy)));
}

TEST(HostCheck, SaysNothingOfAGoodHost) {
  EXPECT_THAT(check_host(good_host(), {kService}), IsEmpty());
}

TEST(HostCheck, MissesTheAddressOnLo) {
  HostFacts facts = good_host();
  facts.on_loopback.clear();
  EXPECT_THAT(check_host(facts, {kService}),
              ElementsAre(finding("10.0.10.0 is not on lo", "ip address add 10.0.10.0/32 dev lo")));
}

TEST(HostCheck, MissesTheListener) {
  HostFacts facts = good_host();
  facts.listening = {*Ipv4Address::parse("127.0.0.1")};
  EXPECT_THAT(check_host(facts, {kService}),
              ElementsAre(finding("nothing listens on 10.0.10.0", "start the server")));
  facts.listening = {kService};
  EXPECT_THAT(check_host(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WantsArpSilence) {
  HostFacts facts = good_host();
  facts.arp_ignore = 0;
  facts.arp_announce = 1;
  EXPECT_THAT(check_host(facts, {kService}),
              ElementsAre(finding("arp_ignore is 0", "net.ipv4.conf.eth0.arp_ignore=1"),
                          finding("arp_announce is 1", "net.ipv4.conf.eth0.arp_announce=2")));
}

TEST(HostCheck, DoesNotGuessWhatItCannotRead) {
  HostFacts facts = good_host();
  facts.arp_ignore.reset();
  facts.arp_announce.reset();
  facts.rp_filter.reset();
  facts.mtu_bytes = 0;
  EXPECT_THAT(check_host(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WarnsOfStrictReversePathFilterOnly) {
  HostFacts facts = good_host();
  facts.rp_filter = 1;
  EXPECT_THAT(check_host(facts, {kService}),
              ElementsAre(finding("rp_filter is strict", "net.ipv4.conf.eth0.rp_filter=2")));
  facts.rp_filter = 2;
  EXPECT_THAT(check_host(facts, {kService}), IsEmpty());
}

TEST(HostCheck, WarnsOfVethChecksumsAndSmallMtu) {
  HostFacts facts = good_host();
  facts.veth_checksum_offload = true;
  facts.mtu_bytes = 1400;
  EXPECT_THAT(check_host(facts, {kService}),
              ElementsAre(finding("bad checksum", "ethtool -K eth0 tx off"),
                          finding("MTU of eth0 is 1400", "ip link set eth0 mtu 1500")));
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// The prober has the real kernel keep addresses resolved, and leaves the entries of others alone.
#include "netlink/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "private_network.h"
#include "veth_peer.h"
#include "watched_network.h"

namespace ricochet {
namespace {

using test::run_command;
using test::VethPeer;
using test::WatchedNetwork;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kPeerMac = "02:00:00:00:0b:02";

// What `ip` shows of the address in the neighbour table, a line an entry.
std::string entries_of(const std::string& address) {
  const std::string command = "ip -details neighbour show " + address + " nud all";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), output.get())) text += line.data();
  return text;
}

class ProberTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    test::enter_private_network();
    peer_.emplace("probe0", "10.8.0.1/24", kPeerMac, "10.8.0.2/24");
    prober_.emplace(open());
  }

  static Prober open() {
    auto prober = Prober::open();
    if (!prober) throw std::runtime_error(prober.error().message);
    return *std::move(prober);
  }

  // Of the one address: the ifindex as text, or the error.
  std::string want(const std::string& address) {
    const Address wanted = *Address::parse(address);
    const auto places = prober_->want({wanted});
    if (!places) return places.error().message;
    const auto& place = places->at(wanted);
    return place ? std::to_string(*place) : place.error().message;
  }
  void want_nothing() { ASSERT_TRUE(prober_->want({})); }

  std::string here() const { return std::to_string(peer_->ifindex()); }

  std::optional<VethPeer> peer_;
  std::optional<Prober> prober_;
};

TEST_F(ProberTest, AnAddressIsResolvedWithoutAnyTraffic) {
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
  EXPECT_THAT(entries_of("10.8.0.2"), HasSubstr("managed"));
}

TEST_F(ProberTest, AMacThatChangesSilentlyIsFoundByProbing) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"base_reachable_time_ms", "100"},
                                          {"delay_first_probe_time", "0"},
                                          {"retrans_time_ms", "20"}})
    test::write_sysctl("net/ipv4/neigh/probe0/" + name, value);
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
  peer_->run("ip link set eth0 address 02:00:00:00:0b:03");
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", "02:00:00:00:0b:03"));
}

TEST_F(ProberTest, AMachineThatComesLateIsFound) {
  test::write_sysctl("net/ipv4/neigh/probe0/retrans_time_ms", "20");
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.3"), here());
  run_command(
      "timeout 60 sh -c "
      "'until ip neighbour show 10.8.0.3 dev probe0 | grep -q FAILED; do sleep 0.02; done'");
  peer_->run("ip address add 10.8.0.3/24 dev eth0");
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.3", kPeerMac));
}

TEST_F(ProberTest, WantingAgainChangesNothing) {
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_THAT(entries_of("10.8.0.2"), AllOf(HasSubstr("managed"), HasSubstr("proto 113")));
}

// The kernel's table has room for 1,024 ordinary entries unless the machine is set up otherwise,
// and beyond 128 those that nobody answers for are thrown out.
TEST_F(ProberTest, ThousandsOfAddressesAreKept) {
  run_command("ip address add 10.28.0.1/16 dev probe0");
  std::set<Address> addresses;
  const uint32_t first = Address::parse("10.28.1.0")->ipv4_host_order();
  for (uint32_t index = 0; index < 4096; ++index)
    addresses.insert(Address::from_ipv4_host_order(first + index));
  const auto places = prober_->want(addresses);
  ASSERT_TRUE(places) << places.error().message;
  ASSERT_EQ(places->size(), addresses.size());
  for (const auto& [address, place] : *places) ASSERT_TRUE(place) << place.error().message;
  EXPECT_THAT(entries_of("10.28.1.0"), AllOf(HasSubstr("managed"), HasSubstr("extern_learn")));
}

TEST_F(ProberTest, WhatIsNoLongerWantedIsAnOrdinaryEntry) {
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
  want_nothing();
  EXPECT_THAT(entries_of("10.8.0.2"), AllOf(HasSubstr(kPeerMac), Not(HasSubstr("managed")),
                                            Not(HasSubstr("extern_learn"))));
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_THAT(entries_of("10.8.0.2"), HasSubstr("managed"));
}

TEST_F(ProberTest, AnotherProcessTakesOverWhatTheLastOneLeft) {
  EXPECT_EQ(want("10.8.0.2"), here());
  prober_.emplace(open());
  EXPECT_THAT(entries_of("10.8.0.2"), HasSubstr("managed"));
  want_nothing();
  EXPECT_THAT(entries_of("10.8.0.2"), Not(HasSubstr("managed")));
}

TEST_F(ProberTest, AnEntryThatWasThereIsTakenOverAndLeft) {
  run_command("ip neighbour add 10.8.0.5 dev probe0 lladdr 02:00:00:00:0b:05 nud stale");
  EXPECT_EQ(want("10.8.0.5"), here());
  EXPECT_THAT(entries_of("10.8.0.5"), AllOf(HasSubstr("02:00:00:00:0b:05"), HasSubstr("managed")));
  want_nothing();
  EXPECT_THAT(entries_of("10.8.0.5"), AllOf(Not(IsEmpty()), Not(HasSubstr("managed"))));
}

TEST_F(ProberTest, EntriesOfOthersAreNotTouched) {
  for (const std::string properties :
       {"lladdr 02:00:00:00:0b:06 nud permanent", "lladdr 02:00:00:00:0b:06 nud noarp",
        "lladdr 02:00:00:00:0b:06 nud stale extern_learn", "managed"}) {
    run_command("ip neighbour add 10.8.0.6 dev probe0 " + properties);
    // The state of a managed entry moves on by itself.
    const auto properties_now = [] {
      const std::string text = entries_of("10.8.0.6");
      return text.substr(0, text.find_first_of("INF"));
    };
    const std::string before = properties_now();
    EXPECT_EQ(want("10.8.0.6"), here());
    EXPECT_EQ(properties_now(), before);
    want_nothing();
    EXPECT_EQ(properties_now(), before);
    run_command("ip neighbour delete 10.8.0.6 dev probe0");
  }
}

// As for a machine that is set up by hand on a port without addresses.
TEST_F(ProberTest, APermanentEntryNeedsNoRoute) {
  run_command("ip neighbour add 10.99.0.1 dev probe0 lladdr 02:00:00:00:0b:06 nud permanent");
  EXPECT_EQ(want("10.99.0.1"), here());
}

TEST_F(ProberTest, WhyAnAddressIsNoNeighbour) {
  EXPECT_THAT(want("10.98.0.1"), HasSubstr("no route to 10.98.0.1"));
  EXPECT_THAT(want("2001:db8::1"), HasSubstr("no route to 2001:db8::1"));
  EXPECT_EQ(want("10.8.0.1"), "10.8.0.1 is an address of this machine itself");
  EXPECT_EQ(want("10.8.0.255"), "10.8.0.255 is not the address of one machine");
  run_command("ip route add 10.9.0.0/24 via 10.8.0.254");
  EXPECT_EQ(want("10.9.0.1"), "10.9.0.1 is not on-link: it is reached through 10.8.0.254");
  EXPECT_THAT(entries_of("10.9.0.1"), IsEmpty());
  run_command("ip route replace 10.9.0.0/24 dev probe0");
  EXPECT_EQ(want("10.9.0.1"), here());
}

TEST_F(ProberTest, AnAddressMovesToAnotherInterface) {
  const VethPeer other("probe1", "10.18.0.1/24", "02:00:00:00:0b:12", "10.8.0.2/32");
  // It answers where it has a way back.
  other.run("ip route add 10.8.0.0/24 dev eth0; ip route add 10.18.0.0/24 dev eth0");
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
  run_command("ip route add 10.8.0.2/32 dev probe1");
  EXPECT_EQ(want("10.8.0.2"), std::to_string(other.ifindex()));
  EXPECT_TRUE(network.await_mac(other.ifindex(), "10.8.0.2", "02:00:00:00:0b:12"));
  EXPECT_THAT(entries_of("10.8.0.2 dev probe0"), Not(HasSubstr("managed")));
}

TEST_F(ProberTest, AnInterfaceThatWasDownIsWantedAgain) {
  WatchedNetwork network;
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
  run_command("ip link set probe0 down");
  EXPECT_TRUE(network.await_no_neighbour(peer_->ifindex(), "10.8.0.2"));
  EXPECT_THAT(want("10.8.0.2"), HasSubstr("no route to 10.8.0.2"));
  run_command("ip link set probe0 up");
  EXPECT_EQ(want("10.8.0.2"), here());
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.8.0.2", kPeerMac));
}

}  // namespace
}  // namespace ricochet

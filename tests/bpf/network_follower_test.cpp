// SPDX-License-Identifier: Apache-2.0
// The follower sees what happens to interfaces and neighbours of the real kernel.
#include "netlink/follower.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "private_network.h"
#include "veth_peer.h"
#include "watched_network.h"

namespace ricochet {
namespace {

using test::link_named;
using test::mac_of;
using test::run_command;
using test::VethPeer;
using test::WatchedNetwork;

constexpr auto kPeerMac = "02:00:00:00:0a:02";

class NetworkFollowerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    test::enter_private_network();
    peer_.emplace("follow0", "10.7.0.1/24", kPeerMac, "10.7.0.2/24");
  }

  void resolve() const { run_command("ip neighbour replace 10.7.0.2 dev follow0 use"); }

  std::optional<VethPeer> peer_;
};

TEST_F(NetworkFollowerTest, TheWholeViewIsThereBeforeStartReturns) {
  run_command("ip link set follow0 address 02:00:00:00:0a:01 mtu 1400");
  run_command("ip neighbour add 10.7.0.9 dev follow0 lladdr 02:00:00:00:00:09 nud permanent");
  NetworkView first;
  const auto follower = NetworkFollower::start([&, here = std::this_thread::get_id()](auto& view) {
    if (std::this_thread::get_id() == here) first = view;
  });
  ASSERT_TRUE(follower) << follower.error().message;
  const Link* link = link_named(first, "follow0");
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(link->ifindex, peer_->ifindex());
  EXPECT_EQ(link->mac.to_string(), "02:00:00:00:0a:01");
  EXPECT_EQ(link->mtu_bytes, 1400);
  EXPECT_EQ(link->kind, "veth");
  EXPECT_EQ(mac_of(first, peer_->ifindex(), "10.7.0.9"), "02:00:00:00:00:09");
  EXPECT_NE(link_named(first, "lo"), nullptr);
}

TEST_F(NetworkFollowerTest, AnInterfaceChanges) {
  WatchedNetwork network;
  const auto await_link = [&](auto&& holds) {
    return network.await([&](const NetworkView& view) {
      const auto found = view.links.find(peer_->ifindex());
      return found != view.links.end() && holds(found->second);
    });
  };
  EXPECT_TRUE(await_link([](const Link& link) { return link.up; }));
  run_command("ip link set follow0 mtu 1300");
  EXPECT_TRUE(await_link([](const Link& link) { return link.mtu_bytes == 1300; }));
  run_command("ip link set follow0 address 02:00:00:00:0a:77");
  EXPECT_TRUE(
      await_link([](const Link& link) { return link.mac.to_string() == "02:00:00:00:0a:77"; }));
  run_command("ip link set follow0 name follow1");
  EXPECT_TRUE(await_link([](const Link& link) { return link.name == "follow1"; }));
  peer_->run("ip link set eth0 down");
  EXPECT_TRUE(await_link([](const Link& link) { return !link.up; }));
  peer_->run("ip link set eth0 up");
  EXPECT_TRUE(await_link([](const Link& link) { return link.up; }));
  run_command("ip link set follow1 down");
  EXPECT_TRUE(await_link([](const Link& link) { return !link.up; }));
}

TEST_F(NetworkFollowerTest, AnInterfaceGoesAndComesBackAsAnother) {
  WatchedNetwork network;
  run_command("ip neighbour add 10.7.0.9 dev follow0 lladdr 02:00:00:00:00:09 nud permanent");
  ASSERT_TRUE(network.await_mac(peer_->ifindex(), "10.7.0.9", "02:00:00:00:00:09"));
  const uint32_t old_ifindex = peer_->ifindex();
  run_command("ip link delete follow0");
  EXPECT_TRUE(network.await([](const auto& view) { return !link_named(view, "follow0"); }));
  EXPECT_FALSE(mac_of(network.now(), old_ifindex, "10.7.0.9"));
  peer_.emplace("follow0", "10.7.0.1/24", kPeerMac, "10.7.0.2/24");
  EXPECT_TRUE(network.await([](const auto& view) { return link_named(view, "follow0"); }));
  EXPECT_EQ(link_named(network.now(), "follow0")->ifindex, peer_->ifindex());
}

TEST_F(NetworkFollowerTest, AnInterfaceOnTopOfAnother) {
  WatchedNetwork network;
  run_command("ip link add link follow0 name follow-top up type macvlan");
  EXPECT_TRUE(network.await([](const auto& view) {
    const Link* link = link_named(view, "follow-top");
    return link && link->kind == "macvlan" && link->up;
  }));
  run_command("ip link delete follow-top");
  EXPECT_TRUE(network.await([](const auto& view) { return !link_named(view, "follow-top"); }));
}

// The kernel tells the end of a port of a bridge as the end of an interface, of another family.
TEST_F(NetworkFollowerTest, AnInterfaceThatLeavesABridgeStays) {
  run_command("ip neighbour add 10.7.0.9 dev follow0 lladdr 02:00:00:00:00:09 nud permanent");
  WatchedNetwork network;
  run_command("ip link add follow-br type bridge");
  run_command("ip link set follow0 master follow-br");
  run_command("ip link set follow0 nomaster");
  run_command("ip link delete follow-br");
  run_command("ip link set follow0 mtu 1234");
  EXPECT_TRUE(network.await([](const auto& view) {
    const Link* link = link_named(view, "follow0");
    return link && link->mtu_bytes == 1234;
  }));
  for (const NetworkView& view : network.views()) {
    EXPECT_TRUE(link_named(view, "follow0"));
    EXPECT_TRUE(mac_of(view, peer_->ifindex(), "10.7.0.9"));
  }
}

TEST_F(NetworkFollowerTest, ANeighbourIsResolvedAndChangesItsMac) {
  WatchedNetwork network;
  resolve();
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.7.0.2", kPeerMac));
  // The peer announces it, as machines do when an address moves.
  peer_->run("echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_notify");
  peer_->run("ip link set eth0 address 02:00:00:00:0a:03");
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.7.0.2", "02:00:00:00:0a:03"));
}

TEST_F(NetworkFollowerTest, ANeighbourThatAnswersNoLongerIsNone) {
  test::write_sysctl("net/ipv4/neigh/follow0/retrans_time_ms", "20");
  WatchedNetwork network;
  resolve();
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.7.0.2", kPeerMac));
  peer_->run("ip link set eth0 arp off");
  run_command("ip neighbour change 10.7.0.2 dev follow0 nud probe");
  EXPECT_TRUE(network.await_no_neighbour(peer_->ifindex(), "10.7.0.2"));
  EXPECT_TRUE(network.now().links.at(peer_->ifindex()).up);
}

TEST_F(NetworkFollowerTest, NeighboursGoWithTheCarrier) {
  WatchedNetwork network;
  resolve();
  EXPECT_TRUE(network.await_mac(peer_->ifindex(), "10.7.0.2", kPeerMac));
  peer_->run("ip link set eth0 down");
  EXPECT_TRUE(network.await_no_neighbour(peer_->ifindex(), "10.7.0.2"));
}

// How many messages the kernel could not queue for the netlink sockets of this namespace.
uint64_t lost_messages() {
  std::ifstream file("/proc/thread-self/net/netlink");
  std::string line;
  std::getline(file, line);
  uint64_t lost = 0;
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::string word;
    for (int column = 0; column <= 8; ++column) columns >> word;
    lost += std::stoull(word);
  }
  return lost;
}

TEST_F(NetworkFollowerTest, NothingIsMissedThoughEventsAreLost) {
  std::promise<void> handler_may_return;
  const std::shared_future<void> released = handler_may_return.get_future().share();
  std::mutex mutex;
  std::condition_variable changed;
  NetworkView newest;
  const auto follower = NetworkFollower::start([&](const NetworkView& view) {
    // The handler is busy at the first event.
    if (link_named(view, "follow0")->mtu_bytes != 1500) released.wait();
    const std::scoped_lock lock(mutex);
    newest = view;
    changed.notify_all();
  });
  ASSERT_TRUE(follower) << follower.error().message;
  // Goes before the follower, which waits for its handler, whatever happens.
  std::promise<void> release = std::move(handler_may_return);

  run_command("ip neighbour add 10.7.0.8 dev follow0 lladdr 02:00:00:00:00:08 nud permanent");
  run_command("ip link set follow0 mtu 1400");
  const uint64_t lost_before = lost_messages();
  while (lost_messages() == lost_before) {
    run_command(
        "for n in $(seq 2000); do echo link set follow0 mtu $((1300 + n % 2)); done | "
        "ip -batch -");
  }
  run_command("ip neighbour delete 10.7.0.8 dev follow0");
  run_command("ip neighbour add 10.7.0.9 dev follow0 lladdr 02:00:00:00:00:09 nud permanent");
  run_command("ip link set follow0 mtu 1200");
  release.set_value();

  const auto await = [&](auto&& holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), holds);
  };
  const auto is_right = [&] {
    return link_named(newest, "follow0")->mtu_bytes == 1200 &&
           mac_of(newest, peer_->ifindex(), "10.7.0.9") == "02:00:00:00:00:09" &&
           !mac_of(newest, peer_->ifindex(), "10.7.0.8");
  };
  EXPECT_TRUE(await(is_right));
  // And stays so: what was queued before the loss is not taken for news.
  run_command("ip neighbour add 10.7.0.10 dev follow0 lladdr 02:00:00:00:00:10 nud permanent");
  EXPECT_TRUE(await([&] { return mac_of(newest, peer_->ifindex(), "10.7.0.10").has_value(); }));
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(is_right());
}

}  // namespace
}  // namespace ricochet

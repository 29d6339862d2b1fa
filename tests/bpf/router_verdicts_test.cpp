// SPDX-License-Identifier: Apache-2.0
// Each verdict of the router can be reached, is counted by its own name alone, and is what the tap
// says. A verdict that is added needs a packet here.
#include <linux/bpf.h>
#include <netinet/in.h>

#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "router_scene.h"
#include "tap_records.h"
#include "verdict_names.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 1;
constexpr uint16_t kOldOwner = 2;
constexpr uint8_t kFirstBounce = 0x0c;
constexpr uint8_t kLastBounce = 0x2c;
constexpr uint8_t kRestart = 0x5c;
constexpr uint32_t kConnectedHost = ipv4(10, 30, 0, 5);
constexpr uint32_t kServiceOfOnePort = ipv4(10, 30, 0, 6);
constexpr uint32_t kRoutedHost = ipv4(10, 78, 0, 2);

// What leads to a verdict, and the packet that then gets it.
using Scenes = std::map<uint32_t, std::function<Packet()>>;

class RouterVerdictsTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load({.pin_sets = 1, .flow_sets = 1, .forward_by_fib = true});
    add_backend(kOwner);
    add_backend(kOldOwner);
    router().set_bucket(kBucket, {kOwner, kOldOwner});
    router().tap().set_filter({.enabled = 1, .a = {}, .b = {}});
  }

  uint32_t verdict_of(const Packet& packet, const std::string& name) {
    const Outcome outcome = send(packet);
    EXPECT_EQ(name == "forward" ? 0u : 1u, outcome.counted.count(name)) << outcome;
    const bool leaves = outcome.action == XDP_REDIRECT || outcome.action == XDP_TX;
    const bool to_backend = leaves && name != "echo" && name != "routed";
    EXPECT_EQ(to_backend ? 1u : 0u, outcome.traffic.size()) << outcome;
    const auto records = what_is_shown(router().tap());
    if (records.size() != 2) throw std::runtime_error("not two records of a packet");
    EXPECT_EQ(leaves ? RCH_TAP_OUT : RCH_TAP_END, records[1].direction);
    return records[1].verdict;
  }

  static Packet behind_too_many_extensions() {
    Packet packet = Packet::tcp(kClient6, kService6);
    for (int i = 0; i <= RCH_EXTENSION_HEADERS_MAX; i++) packet = packet.extension(IPPROTO_DSTOPTS);
    return packet;
  }
  // Its flow has a pin from now on.
  void pin(const Packet& bounced) {
    send(bounced);
    what_is_shown(router().tap());
  }
  // A flow of UDP has begun.
  void begin(const Packet& datagram) {
    set_service_options(RCH_SERVICE_KEEP_FLOWS);
    send(datagram);
    what_is_shown(router().tap());
  }
  void name_server() {
    set_service_options(RCH_SERVICE_QUIC);
    router().set_quic_id_bytes(kPool, 1);
    router().add_quic_server(kPool, 'i', kOldOwner);
  }
  // A way to kRoutedHost.
  void route_on() {
    router().set_port_mac(client_ifindex(), kRouterMac);
    write_sysctl("net/ipv4/conf/client/forwarding", "1");
    run_command("ip address replace 10.78.0.1/24 dev servers");
    run_command("ip neighbour replace 10.78.0.2 lladdr 02:00:00:00:be:02 dev servers");
  }
  // Of what a service or the router does if it is asked to.
  Scenes scenes_by_option() {
    const Packet datagram = Packet::udp(kClient, kService);
    return {{RCH_ROUTER_KEPT,
             [=, this] {
               begin(datagram);
               return datagram;
             }},
            {RCH_ROUTER_QUIC,
             [=, this] {
               name_server();
               return datagram.payload("@.id of a connection");
             }},
            {RCH_ROUTER_ECHO,
             [=, this] {
               router().add_service({kServiceOfOnePort, 80}, IPPROTO_TCP, kPool);
               return Packet::icmp(kClient.address, kServiceOfOnePort);
             }},
            {RCH_ROUTER_ROUTED, [=, this] {
               route_on();
               return Packet::tcp(kClient, {kRoutedHost, 80});
             }}};
  }
  void settle() { router().set_pool(kPool, kBucket, 0, RCH_POOL_SETTLING); }
  void connect() {
    router().add_service({kConnectedHost, 0}, 0, kPool);
    rch_backend backend{};
    backend.flags = RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED;
    router().set_backend(kOwner, backend);
  }
};

TEST_F(RouterVerdictsTest, EachOne) {
  const Packet packet = Packet::tcp(kClient, kService);
  const Packet bounced = packet.macs(backend_mac(kOwner), kRouterMac).tos(kFirstBounce);
  Scenes scenes = {
      {RCH_ROUTER_FORWARD, [&] { return packet; }},
      {RCH_ROUTER_BOUNCED, [&] { return bounced; }},
      {RCH_ROUTER_FINAL, [&] { return bounced.tos(kLastBounce); }},
      {RCH_ROUTER_PINNED,
       [&] {
         pin(bounced);
         return packet;
       }},
      {RCH_ROUTER_RESTARTED, [&] { return bounced.tos(kRestart); }},
      {RCH_ROUTER_PASS_NOT_IP, [&] { return packet.ether_type(ETH_P_ARP); }},
      {RCH_ROUTER_PASS_NEIGHBOUR,
       [] { return Packet::icmp_error(kClient6.address, kServiceAddress6, 135, Bytes(16)); }},
      {RCH_ROUTER_DROP_EXTENSIONS, [&] { return behind_too_many_extensions(); }},
      {RCH_ROUTER_PASS_NO_SERVICE, [&] { return Packet::tcp(kService, kClient); }},
      {RCH_ROUTER_DROP_MALFORMED, [&] { return packet.claim_ip_version(5); }},
      {RCH_ROUTER_DROP_FRAGMENT, [&] { return packet.fragment(8, false); }},
      {RCH_ROUTER_DROP_TTL_EXPIRED, [&] { return packet.ttl(1); }},
      {RCH_ROUTER_DROP_NO_BACKEND,
       [&] {
         router().set_bucket(kBucket, {});
         return packet;
       }},
      {RCH_ROUTER_DROP_NO_NEIGHBOUR,
       [&] {
         connect();
         return Packet::tcp(kClient, {kConnectedHost, 80});
       }},
      {RCH_ROUTER_DROP_NO_PORT,
       [&] {
         router().remove_port(servers_ifindex());
         return packet;
       }},
      {RCH_ROUTER_DROP_SETTLING,
       [&] {
         settle();
         return bounced.tos(kLastBounce);
       }},
      {RCH_ROUTER_DROP_FOREIGN_MARK,
       [&] {
         router().declare_backends_only(client_ifindex());
         return packet.tos(kFirstBounce);
       }},
  };

  scenes.merge(scenes_by_option());
  std::set<uint32_t> reached;
  for (const auto& [verdict, arrange] : scenes) {
    SCOPED_TRACE(kRouterCounterNames[verdict]);
    SetUp();
    const uint32_t actual = verdict_of(arrange(), kRouterCounterNames[verdict]);
    EXPECT_EQ(verdict, actual);
    reached.insert(actual);
  }
  for (uint32_t verdict = 0; verdict < kRouterVerdicts; verdict++)
    EXPECT_TRUE(reached.contains(verdict)) << kRouterCounterNames[verdict];
}

}  // namespace
}  // namespace ricochet::test

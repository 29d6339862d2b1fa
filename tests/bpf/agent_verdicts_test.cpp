// SPDX-License-Identifier: Apache-2.0
// Each verdict of the agent can be reached, is counted by its own name alone, and is what the tap
// says. A verdict that is added needs a packet here.
#include <linux/bpf.h>
#include <netinet/in.h>

#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "agent_scene.h"
#include "tap_records.h"
#include "verdict_names.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kCookiePort = 82;

class AgentVerdictsTest : public AgentScene {
 protected:
  uint32_t verdict_of(const Packet& packet, const std::string& name) {
    agent().tap().set_filter({.enabled = 1, .a = {}, .b = {}});
    const Outcome outcome = send(packet);
    EXPECT_EQ((std::map<std::string, uint64_t>{{name, 1}}), outcome.counted);
    const auto records = what_is_shown(agent().tap());
    if (records.size() != 2) throw std::runtime_error("not two records of a packet");
    EXPECT_EQ(outcome.action == XDP_TX ? RCH_TAP_OUT : RCH_TAP_END, records[1].direction);
    return records[1].verdict;
  }

  static Packet behind_too_many_extensions() {
    Packet packet = Packet::tcp(kStranger6, kServer6);
    for (int i = 0; i <= RCH_EXTENSION_HEADERS_MAX; i++) packet = packet.extension(IPPROTO_DSTOPTS);
    return packet;
  }
  // The ACK of a connection that is open, or of one that only its cookie remembers.
  Packet next_of_connection() {
    ScriptedPeer peer = new_peer(7);
    peer.establish();
    return peer.next_segment();
  }
  Packet ack_with_cookie() {
    write_sysctl("net/ipv4/tcp_syncookies", "2");
    ScriptedPeer peer = new_peer(7, kCookiePort);
    peer.half_open();
    write_sysctl("net/ipv4/tcp_syncookies", "1");
    return peer.next_segment();
  }
};

TEST_F(AgentVerdictsTest, EachOne) {
  const Listener listener(kServer.port), cookie_listener(kCookiePort);
  const Packet ack = Packet::tcp(kStranger, kServer);
  const std::map<uint32_t, std::function<Packet()>> scenes = {
      {RCH_AGENT_PASS_NOT_IP, [&] { return ack.ether_type(ETH_P_ARP); }},
      {RCH_AGENT_PASS_NOT_GUARDED, [&] { return Packet::tcp(kServer, kStranger); }},
      {RCH_AGENT_PASS_MALFORMED, [&] { return ack.claim_tcp_words(0); }},
      {RCH_AGENT_PASS_EXTENSIONS, [&] { return behind_too_many_extensions(); }},
      {RCH_AGENT_TAKE_NOT_TCP, [&] { return Packet::udp(kStranger, kServer); }},
      {RCH_AGENT_TAKE_FRAGMENT, [&] { return ack.fragment(8, false); }},
      {RCH_AGENT_TAKE_SYN, [&] { return ack.flags(kSyn); }},
      {RCH_AGENT_TAKE_FINAL, [&] { return ack.tos(kTosOfFinal); }},
      {RCH_AGENT_TAKE_SOCKET, [&] { return next_of_connection(); }},
      {RCH_AGENT_TAKE_COOKIE, [&] { return ack_with_cookie(); }},
      {RCH_AGENT_BOUNCE, [&] { return ack; }},
      {RCH_AGENT_DROP_BUDGET,
       [&] {
         load({.bounces_per_second = 0});
         return ack;
       }},
      {RCH_AGENT_DROP_TTL_EXPIRED, [&] { return ack.ttl(1); }},
  };

  std::set<uint32_t> reached;
  for (const auto& [verdict, arrange] : scenes) {
    SCOPED_TRACE(kAgentCounterNames[verdict]);
    load({});
    const Packet packet = arrange();
    const uint32_t actual = verdict_of(packet, kAgentCounterNames[verdict]);
    EXPECT_EQ(verdict, actual);
    reached.insert(actual);
  }
  for (uint32_t verdict = 0; verdict < kAgentVerdicts; verdict++)
    EXPECT_TRUE(reached.contains(verdict)) << kAgentCounterNames[verdict];
}

}  // namespace
}  // namespace ricochet::test

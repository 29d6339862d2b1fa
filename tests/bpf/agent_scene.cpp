// SPDX-License-Identifier: Apache-2.0
#include "agent_scene.h"

#include <linux/bpf.h>
#include <unistd.h>

namespace ricochet::test {

void AgentScene::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
  enter_private_network();
  wire();  // there from the beginning: the kernel may speak first
  load({});
}

void AgentScene::load(const AgentOptions& options) {
  agent_ = std::make_unique<LoadedAgent>(options);
  agent().guard(kServiceAddress);
  agent().guard(kServiceAddress6);
}

ScriptedPeer AgentScene::new_peer(uint32_t initial_sequence, uint16_t server_port) {
  static uint16_t port = 1024;
  return {wire(), {ipv4(10, 99, 0, 2), port++}, {kServiceAddress, server_port}, initial_sequence};
}

ScriptedPeer AgentScene::new_peer6(uint32_t initial_sequence, uint16_t server_port) {
  static uint16_t port = 1024;
  return {wire(), {ipv6(99, 2), port++}, {kServiceAddress6, server_port}, initial_sequence};
}

Outcome AgentScene::taken(const Packet& expected, const std::string& verdict) {
  return {.action = XDP_PASS, .packet = expected.bytes(), .counted = {{verdict, 1}}, .traffic = {}};
}

Outcome AgentScene::dropped(const Packet& packet, const std::string& verdict) {
  return {.action = XDP_DROP, .packet = packet.bytes(), .counted = {{verdict, 1}}, .traffic = {}};
}

Outcome AgentScene::bounced(const Packet& sent, uint8_t tos) {
  const Packet packet = sent.tos(tos)
                            .ttl(static_cast<uint8_t>(sent.ttl() - 1))
                            .macs(sent.destination_mac(), sent.source_mac());
  return {.action = XDP_TX, .packet = packet.bytes(), .counted = {{"bounce", 1}}, .traffic = {}};
}

Outcome AgentScene::bounced_unfit(const Packet& sent) {
  Outcome outcome = bounced(sent);
  outcome.counted["bounce_unfit"] = 1;
  return outcome;
}

const Wire& AgentScene::wire() {
  static const Wire wire = [] {
    Wire clients(Wire::Kind::kIp, "clients", "10.99.0.1/24");
    write_sysctl("net/ipv6/conf/clients/disable_ipv6", "0");
    run_command("ip address add 2001:db8:63::1/64 dev clients nodad");
    return clients;
  }();
  return wire;
}

}  // namespace ricochet::test

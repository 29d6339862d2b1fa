// SPDX-License-Identifier: Apache-2.0
#include "router_scene.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>

namespace ricochet::test {

void RouterScene::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
  enter_private_network();
  load({});
}

void RouterScene::load(const RouterOptions& options) {
  router_ = std::make_unique<LoadedRouter>(options);
  router().add_port(servers_ifindex());
  router().add_service({kServiceAddress, 0}, 0, kPool);
  router().add_service({kServiceAddress6, 0}, 0, kPool);
  router().set_pool(kPool, kBucket, 0);
}

void RouterScene::load_spread(uint16_t buckets, RouterOptions options) {
  options.buckets = 2u * buckets;
  load(options);
  for (uint16_t i = 0; i < buckets; i++) {
    const auto owner = static_cast<uint16_t>(i + 1);
    add_backend(owner);
    router().set_bucket(uint32_t{buckets} + i, {owner});
  }
  router().set_pool(kPool, buckets, buckets - 1u);
}

void RouterScene::set_service_options(uint32_t options) {
  router().add_service({kServiceAddress, 0}, 0, kPool, options);
  router().add_service({kServiceAddress6, 0}, 0, kPool, options);
}

std::vector<uint32_t> RouterScene::count_by_owner(uint32_t backends, uint32_t packets,
                                                  const std::function<Packet(uint32_t)>& nth) {
  std::vector<uint32_t> counts(backends);
  for (uint32_t n = 0; n < packets; n++) counts.at(owner_of(nth(n)) - 1u)++;
  return counts;
}

uint32_t RouterScene::owner_of(const Packet& packet) {
  const Outcome outcome = send(packet);
  return outcome.traffic.size() == 1 ? outcome.traffic.begin()->first : 0;
}

void RouterScene::add_backend(uint32_t slot, uint32_t flags) {
  rch_backend backend{};
  backend.nexthop = nexthop_at(servers_ifindex(), backend_mac(slot));
  backend.flags = flags;
  router().set_backend(slot, backend);
  router().trust(backend_mac(slot));
}

Mac RouterScene::backend_mac(uint32_t slot) {
  return {0x02, 0, 0, 0xbe, static_cast<uint8_t>(slot >> 8), static_cast<uint8_t>(slot)};
}

rch_nexthop RouterScene::nexthop_at(uint32_t ifindex, const Mac& mac) {
  rch_nexthop nexthop{};
  std::copy(mac.begin(), mac.end(), nexthop.mac);
  std::copy(kServersPortMac.begin(), kServersPortMac.end(), nexthop.source_mac);
  nexthop.ifindex = ifindex;
  return nexthop;
}

Outcome RouterScene::passed(const Packet& packet, const std::string& verdict) {
  return {.action = XDP_PASS, .packet = packet.bytes(), .counted = {{verdict, 1}}, .traffic = {}};
}

Outcome RouterScene::dropped(const Packet& packet, const std::string& verdict) {
  return {.action = XDP_DROP, .packet = packet.bytes(), .counted = {{verdict, 1}}, .traffic = {}};
}

Outcome RouterScene::forwarded(const Packet& sent, uint32_t slot,
                               const std::vector<std::string>& counted) {
  const Packet packet = hop(sent, slot);
  Outcome outcome{.action = XDP_REDIRECT,
                  .packet = packet.bytes(),
                  .counted = {},
                  .traffic = {{slot, {1, packet.wire_bytes()}}}};
  for (const std::string& name : counted) outcome.counted[name] = 1;
  return outcome;
}

Packet RouterScene::hop(const Packet& packet, uint32_t slot) {
  return packet.ttl(static_cast<uint8_t>(packet.ttl() - 1))
      .macs(kServersPortMac, backend_mac(slot));
}

const Wire& RouterScene::client_wire() {
  static const Wire wire(Wire::Kind::kEthernet, "client");
  return wire;
}

const Wire& RouterScene::servers_wire() {
  static const Wire wire(Wire::Kind::kEthernet, "servers");
  return wire;
}

}  // namespace ricochet::test

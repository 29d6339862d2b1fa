// SPDX-License-Identifier: Apache-2.0
#include "loaded_router.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "bpf_map_access.h"
#include "router.skel.h"
#include "verdict_names.h"
#include "xdp_run.h"

namespace ricochet::test {
namespace {

// Of a word of an address, in network order.
uint32_t mask_of(uint32_t bits) {
  return bits == 0 ? 0 : htonl(~0u << (32 - std::min(bits, 32u)));
}

rch_address mask6_of(uint32_t bits) {
  rch_address mask{};
  for (__be32& word : mask.word) {
    word = mask_of(bits);
    bits -= std::min(bits, 32u);
  }
  return mask;
}

}  // namespace

LoadedRouter::LoadedRouter(const RouterOptions& options) : router_(router_bpf__open()) {
  if (!router_) throw std::system_error(errno, std::generic_category(), "open the router");
  router_->rodata->flow_seed = options.flow_seed;
  router_->rodata->pin_sets = options.pin_sets;
  router_->rodata->flow_sets = options.flow_sets;
  router_->rodata->source_mask = mask_of(options.source_bits);
  router_->rodata->source_mask6 = mask6_of(options.source_bits6);
  router_->rodata->answer_echo = options.answer_echo;
  router_->rodata->forward_by_fib = options.forward_by_fib;
  bpf_map__set_max_entries(router_->maps.buckets, options.buckets);
  bpf_map__set_max_entries(router_->maps.pins, std::max(options.pin_sets, 1u));
  bpf_map__set_max_entries(router_->maps.flows, std::max(options.flow_sets, 1u));
  if (router_bpf__load(router_)) {
    const int code = errno;
    router_bpf__destroy(router_);
    throw std::system_error(code, std::generic_category(), "load the router");
  }
  tap_ = std::make_unique<TapReader>(router_->maps.tap_filter, router_->maps.tap_ring,
                                     router_->maps.tap_lost);
}

LoadedRouter::~LoadedRouter() {
  tap_.reset();
  router_bpf__destroy(router_);
}

void LoadedRouter::add_service(Endpoint service, uint8_t protocol, rch_pool_index pool,
                               uint32_t options) {
  const rch_service value = rch_service_of(pool, options);
  const uint16_t port = htons(service.port);
  if (service.address.is_ipv4()) {
    const uint32_t address = htonl(service.address.last_word());
    put_word(router_->maps.services, RCH_SERVICE_SETS, rch_service_key(address, port, protocol),
             value);
    if (port != 0)
      put_word(router_->maps.services, RCH_SERVICE_SETS, rch_service_address_key(address), 0);
    return;
  }
  const rch_address address = service.address.encode();
  put(router_->maps.services6, rch_service6(&address, port, protocol), value);
  if (port != 0) put(router_->maps.services6, rch_service6_address(&address), rch_service{0});
}

void LoadedRouter::add_prefix(IpAddress address, uint32_t length, rch_pool_index pool,
                              uint32_t options) {
  const rch_service value = rch_service_of(pool, options);
  if (address.is_ipv4()) {
    put(router_->maps.prefixes,
        rch_prefix_key{.length = length, .address = htonl(address.last_word())}, value);
  } else {
    put(router_->maps.prefixes6, rch_prefix6_key{.length = length, .address = address.encode()},
        value);
  }
}

void LoadedRouter::set_pool(rch_pool_index pool, uint32_t offset, uint32_t mask, uint32_t flags) {
  put(router_->maps.pools, pool, uint64_t{rch_pool_word(offset, mask, flags)});
}

void LoadedRouter::set_bucket(uint32_t index, const Owners& owners, bool pinned) {
  const rch_bucket bucket = rch_bucket_of(owners.data()) | (pinned ? RCH_BUCKET_PINNED : 0);
  put(router_->maps.buckets, index, bucket);
}

bool LoadedRouter::is_pinned(uint32_t bucket) const {
  return get<rch_bucket>(router_->maps.buckets, bucket) & RCH_BUCKET_PINNED;
}

rch_word_set LoadedRouter::pin_set(uint32_t index) const {
  return get<rch_word_set>(router_->maps.pins, index);
}

void LoadedRouter::set_pin_set(uint32_t index, const rch_word_set& pins) {
  put(router_->maps.pins, index, pins);
}

rch_word_set LoadedRouter::flow_set(uint32_t index) const {
  return get<rch_word_set>(router_->maps.flows, index);
}

void LoadedRouter::set_flow_set(uint32_t index, const rch_word_set& flows) {
  put(router_->maps.flows, index, flows);
}

void LoadedRouter::set_quic_id_bytes(rch_pool_index pool, uint32_t bytes) {
  put(router_->maps.quic_id_bytes, pool, bytes);
}

void LoadedRouter::add_quic_server(rch_pool_index pool, uint64_t id, uint32_t slot) {
  put(router_->maps.quic_servers, rch_quic_server{.id = id, .pool = pool, .reserved = 0}, slot);
}

void LoadedRouter::set_backend(uint32_t slot, const rch_backend& backend) {
  put(router_->maps.backends, slot, backend);
  traffic_.try_emplace(slot);
}

void LoadedRouter::add_neighbour(IpAddress address, const rch_nexthop& nexthop) {
  put(router_->maps.neighbours, address.encode(), nexthop);
}

void LoadedRouter::trust(const Mac& mac) {
  put_word(router_->maps.backend_macs, RCH_BACKEND_MAC_SETS, rch_mac_key(mac.data()), 0);
}

void LoadedRouter::declare_backends_only(uint32_t ifindex) {
  put(router_->maps.backend_ports, ifindex, uint32_t{0});
}

void LoadedRouter::add_port(uint32_t ifindex) {
  put(router_->maps.ports, ifindex, ifindex);
}

void LoadedRouter::remove_port(uint32_t ifindex) {
  if (bpf_map__delete_elem(router_->maps.ports, &ifindex, sizeof(ifindex), 0))
    throw_map_error(router_->maps.ports);
}

void LoadedRouter::set_port_mac(uint32_t ifindex, const Mac& mac) {
  put(router_->maps.port_macs, ifindex, uint64_t{rch_mac_key(mac.data())});
}

int LoadedRouter::program_fd() const {
  return bpf_program__fd(router_->progs.ricochet_router);
}

Outcome LoadedRouter::send(const Packet& packet, uint32_t ingress_ifindex) {
  XdpResult result = run_xdp(program_fd(), packet.bytes(), ingress_ifindex);
  auto counters = get_counters(router_->maps.router_counters, kRouterCounterNames);
  Outcome outcome{.action = result.action,
                  .packet = std::move(result.packet),
                  .counted = risen(counters_, counters),
                  .traffic = {}};
  counters_ = std::move(counters);

  auto traffic = read_traffic();
  for (const auto& [slot, now] : traffic) {
    const Traffic before = traffic_[slot];
    if (now != before)
      outcome.traffic[slot] = {now.packets - before.packets, now.bytes - before.bytes};
  }
  traffic_ = std::move(traffic);
  return outcome;
}

std::map<uint32_t, Traffic> LoadedRouter::read_traffic() const {
  std::map<uint32_t, Traffic> all;
  for (const auto& [slot, before] : traffic_) {
    Traffic& sum = all[slot];
    for (const auto& value : get_per_cpu<rch_traffic>(router_->maps.backend_traffic, slot)) {
      sum.packets += value.packets;
      sum.bytes += value.bytes;
    }
  }
  return all;
}

}  // namespace ricochet::test

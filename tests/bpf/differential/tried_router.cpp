// SPDX-License-Identifier: Apache-2.0
#include "tried_router.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "bpf_map_access.h"
#include "flow_hash.h"
#include "fragment_note.h"
#include "router.skel.h"
#include "verdict_names.h"
#include "xdp_action.h"

namespace ricochet::test {
namespace {

using reference::NextHop;
using reference::Pool;
using reference::RouterTables;

// Bucket 0 is never given to a pool.
constexpr uint32_t kFirstBucket = 1;
constexpr size_t kPinsOfSet = std::tuple_size_v<reference::PinSet>;

static_assert(kPinsOfSet == RCH_SET_WORDS);

rch_nexthop encode(const NextHop& next_hop) {
  rch_nexthop encoded{};
  std::ranges::copy(next_hop.mac, encoded.mac);
  std::ranges::copy(next_hop.source_mac, encoded.source_mac);
  encoded.ifindex = next_hop.ifindex;
  return encoded;
}

rch_backend encode(const reference::Backend& backend) {
  rch_backend encoded{};
  encoded.nexthop = encode(backend.next_hop);
  encoded.flags = backend.live * RCH_BACKEND_LIVE | backend.connected * RCH_BACKEND_CONNECTED;
  encoded.epoch = backend.epoch;
  return encoded;
}

uint64_t encode(const reference::Bucket& bucket) {
  return rch_bucket_of(bucket.owners.data()) | (bucket.pinned ? RCH_BUCKET_PINNED : 0);
}

uint64_t encode(const std::optional<reference::Pin>& pin, uint64_t flow_seed) {
  if (!pin) return 0;
  const uint64_t hash = reference::flow_hash(pin->flow, flow_seed);
  return rch_pin(hash, pin->backend, pin->epoch) + pin->age;
}

uint32_t flags_of(const Pool& pool) {
  const bool ecmp_er = pool.mark_mode == reference::MarkMode::ecmp_er;
  return static_cast<uint32_t>(pool.settling * RCH_POOL_SETTLING | ecmp_er * RCH_POOL_MARK_ECMP_ER |
                               !pool.history * RCH_POOL_NO_HISTORY);
}

// Of anything that was laid; gone already is as well.
template <class Key>
void remove_key(bpf_map* map, const Key& key) {
  bpf_map__delete_elem(map, &key, sizeof(key), 0);
}

}  // namespace

void TriedRouter::lay(const RouterTables& tables) {
  const bool is_loaded =
      router_ && laid_.flow_seed == tables.flow_seed && laid_.pins.size() == tables.pins.size();
  if (is_loaded) {
    remove_tables();
  } else {
    load(tables);
  }
  laid_ = tables;
  set_tap(tapped_);

  for (const auto& [service, pool] : tables.services)
    router_->add_service({translate(service.address), service.port}, service.protocol, pool);
  for (const auto& [address, pool] : tables.services_of_any_port)
    router_->add_service({translate(address), 0}, 0, pool);
  for (const auto& [prefix, pool] : tables.prefixes)
    router_->add_prefix(translate(prefix.address), prefix.length, pool);
  lay_pools();
  lay_pins();
  for (const auto& [slot, backend] : tables.backends) router_->set_backend(slot, encode(backend));
  for (const auto& [address, next_hop] : tables.neighbours)
    router_->add_neighbour(translate(address), encode(next_hop));
  for (const Mac& mac : tables.backend_macs) router_->trust(mac);
  for (const uint32_t ifindex : tables.backends_only) router_->declare_backends_only(ifindex);
  for (const uint32_t ifindex : tables.ports) router_->add_port(ifindex);
  for (const auto& [key, note] : tables.fragments)
    put(router_->skeleton().maps.fragment_transports, encode(key), encode(note));
}

void TriedRouter::load(const RouterTables& tables) {
  const auto pin_sets = static_cast<uint32_t>(tables.pins.size());
  router_ = std::make_unique<LoadedRouter>(
      RouterOptions{.flow_seed = tables.flow_seed, .buckets = kTableBuckets, .pin_sets = pin_sets});
  const auto& maps = router_->skeleton().maps;
  buckets_.emplace(maps.buckets, kTableBuckets);
  // The map is there without pins, too.
  pins_.emplace(maps.pins, std::max(pin_sets, 1u) * kPinsOfSet);
  // Slot 0 is nobody, whatever it holds.
  router_->set_backend(reference::kNobody,
                       encode(reference::Backend{.live = true, .next_hop = {}}));
  counters_.clear();
  traffic_.clear();
}

void TriedRouter::lay_pools() {
  std::vector<uint64_t> words(kFirstBucket);
  first_buckets_.clear();
  for (const auto& [index, pool] : laid_.pools) {
    if (pool.buckets.empty()) continue;
    const auto first = static_cast<uint32_t>(words.size());
    first_buckets_[index] = first;
    router_->set_pool(index, first, static_cast<uint32_t>(pool.buckets.size()) - 1, flags_of(pool));
    for (const reference::Bucket& bucket : pool.buckets) words.push_back(encode(bucket));
  }
  buckets_->lay(words);
}

void TriedRouter::lay_pins() {
  std::vector<uint64_t> words;
  for (const reference::PinSet& set : laid_.pins)
    for (const auto& pin : set) words.push_back(encode(pin, laid_.flow_seed));
  pins_->lay(words);
}

void TriedRouter::remove_tables() {
  const auto& maps = router_->skeleton().maps;
  for (const auto& [service, pool] : laid_.services)
    remove_service(translate(service.address), service.port, service.protocol);
  for (const auto& [address, pool] : laid_.services_of_any_port)
    remove_service(translate(address), 0, 0);
  for (const auto& [prefix, pool] : laid_.prefixes) {
    const rch_address address = translate(prefix.address).encode();
    if (prefix.address.is_ipv4()) {
      remove_key(maps.prefixes, rch_prefix_key{prefix.length, address.word[3]});
    } else {
      remove_key(maps.prefixes6, rch_prefix6_key{prefix.length, address});
    }
  }
  for (const auto& [index, pool] : laid_.pools) put(maps.pools, index, uint64_t{0});
  for (const auto& [slot, backend] : laid_.backends) router_->set_backend(slot, {});
  for (const auto& [address, next_hop] : laid_.neighbours)
    remove_key(maps.neighbours, translate(address).encode());
  for (const Mac& mac : laid_.backend_macs)
    clear_words(maps.backend_macs, RCH_BACKEND_MAC_SETS, rch_mac_key(mac.data()));
  for (const uint32_t ifindex : laid_.backends_only) remove_key(maps.backend_ports, ifindex);
  for (const uint32_t ifindex : laid_.ports) router_->remove_port(ifindex);
  for (const auto& [key, note] : laid_.fragments) remove_key(maps.fragment_transports, encode(key));
}

// And the key that says that its address has services by port.
void TriedRouter::remove_service(const IpAddress& address, uint16_t port, uint8_t protocol) {
  const auto& maps = router_->skeleton().maps;
  const rch_address encoded = address.encode();
  if (address.is_ipv4()) {
    const uint32_t word = encoded.word[3];
    clear_words(maps.services, RCH_SERVICE_SETS, rch_service_key(word, htons(port), protocol));
    clear_words(maps.services, RCH_SERVICE_SETS, rch_service_address_key(word));
  } else {
    remove_key(maps.services6, rch_service6(&encoded, htons(port), protocol));
    remove_key(maps.services6, rch_service6_address(&encoded));
  }
}

// All of the sets that the key may be in.
void TriedRouter::clear_words(bpf_map* map, uint32_t sets, uint64_t key) {
  const uint32_t home = rch_word_set_index(key, sets);
  put(map, home, rch_word_set{});
  put(map, home ^ 1, rch_word_set{});
}

XdpResult TriedRouter::run(const RouterFrame& frame) const {
  return run_xdp(router_->program_fd(), frame.bytes, frame.ingress_ifindex);
}

std::optional<reference::FragmentNote> TriedRouter::take_note(const reference::FragmentKey& key) {
  bpf_map* map = router_->skeleton().maps.fragment_transports;
  const FragmentNoteKey encoded = encode(key);
  FragmentNoteValue value{};
  if (bpf_map__lookup_elem(map, &encoded, sizeof(encoded), &value, sizeof(value), 0) != 0)
    return std::nullopt;
  if (const auto laid = laid_.fragments.find(key); laid != laid_.fragments.end()) {
    put(map, encoded, encode(laid->second));
  } else {
    remove_key(map, encoded);
  }
  return decode(value);
}

RouterWrites TriedRouter::take_writes() {
  return {.buckets = buckets_->take_writes(), .pins = pins_->take_writes()};
}

RouterWrites TriedRouter::writes_of(const reference::RouterDecision& decision) const {
  RouterWrites writes;
  if (const auto& changed = decision.pins.bucket) {
    const size_t at = first_buckets_.at(changed->first) + changed->second;
    writes.buckets[at] = buckets_->laid[at] | RCH_BUCKET_PINNED;
  }
  if (const auto& changed = decision.pins.set) {
    size_t at = changed->first * kPinsOfSet;
    for (const auto& pin : changed->second) writes.pins[at++] = encode(pin, laid_.flow_seed);
  }
  const auto is_as_laid = [](const auto& words) {
    return [&](const auto& write) { return words.laid[write.first] == write.second; };
  };
  std::erase_if(writes.buckets, is_as_laid(*buckets_));
  std::erase_if(writes.pins, is_as_laid(*pins_));
  return writes;
}

TriedRouter::Words::Words(const bpf_map* map, size_t count)
    : live(bpf_map__fd(map), count), laid(count) {}

void TriedRouter::Words::lay(std::vector<uint64_t> words) {
  words.resize(laid.size());
  laid = std::move(words);
  std::ranges::copy(laid, live.values().begin());
}

std::map<size_t, uint64_t> TriedRouter::Words::take_writes() {
  std::map<size_t, uint64_t> writes;
  for (size_t i = 0; i < laid.size(); i++) {
    uint64_t& word = live.values()[i];
    if (word == laid[i]) continue;
    writes[i] = word;
    word = laid[i];
  }
  return writes;
}

Outcome TriedRouter::take_counted() {
  const auto& maps = router_->skeleton().maps;
  auto counters = get_counters(maps.router_counters, kRouterCounterNames);
  Outcome outcome;
  outcome.counted = risen(counters_, counters);
  counters_ = std::move(counters);
  for (const auto& [slot, backend] : laid_.backends) {
    Traffic now;
    for (const auto& value : get_per_cpu<rch_traffic>(maps.backend_traffic, slot)) {
      now.packets += value.packets;
      now.bytes += value.bytes;
    }
    const Traffic before = traffic_[slot];
    if (now != before)
      outcome.traffic[slot] = {now.packets - before.packets, now.bytes - before.bytes};
    traffic_[slot] = now;
  }
  return outcome;
}

void TriedRouter::set_tap(bool on) {
  tapped_ = on;
  if (router_) router_->tap().set_filter({.enabled = on, .a = {}, .b = {}});
}

Outcome outcome_of(const reference::RouterDecision& decision) {
  Outcome outcome{.action = xdp_action(decision.action),
                  .packet = decision.frame,
                  .counted = {},
                  .traffic = {}};
  if (decision.verdict != RCH_ROUTER_FORWARD)
    outcome.counted[kRouterCounterNames[decision.verdict]] = 1;
  if (decision.mark_cleared) outcome.counted[kRouterCounterNames[RCH_ROUTER_MARK_CLEARED]] = 1;
  if (decision.pins.missed) outcome.counted[kRouterCounterNames[RCH_ROUTER_PIN_MISS]] = 1;
  if (decision.pins.evicted) outcome.counted[kRouterCounterNames[RCH_ROUTER_PIN_EVICTED]] = 1;
  if (decision.backend != reference::kNobody)
    outcome.traffic[decision.backend] = {1, decision.counted_bytes};
  return outcome;
}

}  // namespace ricochet::test

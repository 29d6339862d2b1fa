// SPDX-License-Identifier: Apache-2.0
#include "tried_router.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "bpf_map_access.h"
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

uint64_t encode(const std::optional<reference::Pin>& pin) {
  return pin ? rch_pin(pin->hash, pin->backend, pin->epoch) + pin->age : 0;
}

std::vector<uint64_t> encode(const std::vector<reference::PinSet>& sets) {
  std::vector<uint64_t> words;
  for (const reference::PinSet& set : sets)
    for (const auto& pin : set) words.push_back(encode(pin));
  return words;
}

// What is to become of a set, as words of the map.
void add_words(const std::optional<std::pair<size_t, reference::PinSet>>& changed,
               std::map<size_t, uint64_t>& words) {
  if (!changed) return;
  size_t at = changed->first * kPinsOfSet;
  for (const auto& pin : changed->second) words[at++] = encode(pin);
}

uint32_t options_of(const reference::Rules& rules) {
  return static_cast<uint32_t>(rules.affinity) | rules.keeps_flows * RCH_SERVICE_KEEP_FLOWS |
         rules.reads_quic * RCH_SERVICE_QUIC;
}

// Whether one of them can be in the place of the other without a load.
bool same_constants(const RouterTables& a, const RouterTables& b) {
  return a.placing == b.placing && a.answers_echo == b.answers_echo &&
         a.pins.size() == b.pins.size() && a.kept.size() == b.kept.size();
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
  if (router_ && same_constants(laid_, tables)) {
    remove_tables();
  } else {
    load(tables);
  }
  laid_ = tables;
  set_tap(tapped_);

  for (const auto& [service, rules] : tables.services)
    router_->add_service({translate(service.address), service.port}, service.protocol, rules.pool,
                         options_of(rules));
  for (const auto& [address, rules] : tables.services_of_any_port)
    router_->add_service({translate(address), 0}, 0, rules.pool, options_of(rules));
  for (const auto& [prefix, rules] : tables.prefixes)
    router_->add_prefix(translate(prefix.address), prefix.length, rules.pool, options_of(rules));
  lay_pools();
  pins_->lay(encode(tables.pins));
  flows_->lay(encode(tables.kept));
  lay_quic();
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
  const auto flow_sets = static_cast<uint32_t>(tables.kept.size());
  router_ =
      std::make_unique<LoadedRouter>(RouterOptions{.flow_seed = tables.placing.seed,
                                                   .buckets = kTableBuckets,
                                                   .pin_sets = pin_sets,
                                                   .flow_sets = flow_sets,
                                                   .source_bits = tables.placing.source_bits,
                                                   .source_bits6 = tables.placing.source_bits6,
                                                   .answer_echo = tables.answers_echo});
  const auto& maps = router_->skeleton().maps;
  buckets_.emplace(maps.buckets, kTableBuckets);
  // The maps are there without pins and flows, too.
  pins_.emplace(maps.pins, std::max(pin_sets, 1u) * kPinsOfSet);
  flows_.emplace(maps.flows, std::max(flow_sets, 1u) * kPinsOfSet);
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

void TriedRouter::lay_quic() {
  for (const auto& [pool, bytes] : laid_.quic_id_bytes) router_->set_quic_id_bytes(pool, bytes);
  for (const auto& [named, slot] : laid_.quic_servers)
    router_->add_quic_server(named.pool, named.id, slot);
}

void TriedRouter::remove_tables() {
  const auto& maps = router_->skeleton().maps;
  for (const auto& [service, rules] : laid_.services)
    remove_service(translate(service.address), service.port, service.protocol);
  for (const auto& [address, rules] : laid_.services_of_any_port)
    remove_service(translate(address), 0, 0);
  for (const auto& [prefix, rules] : laid_.prefixes) {
    const rch_address address = translate(prefix.address).encode();
    if (prefix.address.is_ipv4()) {
      remove_key(maps.prefixes, rch_prefix_key{prefix.length, address.word[3]});
    } else {
      remove_key(maps.prefixes6, rch_prefix6_key{prefix.length, address});
    }
  }
  for (const auto& [index, pool] : laid_.pools) put(maps.pools, index, uint64_t{0});
  for (const auto& [pool, bytes] : laid_.quic_id_bytes) router_->set_quic_id_bytes(pool, 0);
  for (const auto& [named, slot] : laid_.quic_servers)
    remove_key(maps.quic_servers, rch_quic_server{named.id, named.pool, 0});
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
  return {.buckets = buckets_->take_writes(),
          .pins = pins_->take_writes(),
          .flows = flows_->take_writes()};
}

RouterWrites TriedRouter::writes_of(const reference::RouterDecision& decision) const {
  RouterWrites writes;
  if (const auto& changed = decision.pins.bucket) {
    const size_t at = first_buckets_.at(changed->first) + changed->second;
    writes.buckets[at] = buckets_->laid[at] | RCH_BUCKET_PINNED;
  }
  add_words(decision.pins.set, writes.pins);
  add_words(decision.kept.set, writes.flows);
  const auto is_as_laid = [](const auto& words) {
    return [&](const auto& write) { return words.laid[write.first] == write.second; };
  };
  std::erase_if(writes.buckets, is_as_laid(*buckets_));
  std::erase_if(writes.pins, is_as_laid(*pins_));
  std::erase_if(writes.flows, is_as_laid(*flows_));
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
  if (decision.kept.evicted) outcome.counted[kRouterCounterNames[RCH_ROUTER_FLOW_EVICTED]] = 1;
  if (decision.backend != reference::kNobody)
    outcome.traffic[decision.backend] = {1, decision.counted_bytes};
  return outcome;
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/live_tables.h"

#include <map>
#include <utility>

#include "dataplane/bpf_map.h"
#include "dataplane/encode.h"
#include "dataplane/state_dir.h"
#include "dataplane/xdp_links.h"
#include "router.skel.h"

namespace ricochet {
namespace {

// With a link, by ifindex.
using Interfaces = std::map<uint32_t, std::string>;

Result<Interfaces> find_interfaces(const StateDir& state) {
  auto found = find_linked(state);
  if (found && found->empty()) {
    return error(
        "the program of {} hangs on no interface, so nothing is forwarded: see that its ports are "
        "there",
        state.path().string());
  }
  return found;
}

template <class Key, class Value>
BpfMap<Key, Value> typed(const bpf_map* map) {
  return BpfMap<Key, Value>(bpf_map__name(map), bpf_map__fd(map));
}

class ProgramTables final : public LiveTables {
 public:
  ProgramTables(const router_bpf& program, Interfaces interfaces)
      : program_(program), interfaces_(std::move(interfaces)) {}

  uint64_t flow_seed() const override { return program_.rodata->flow_seed; }
  rch_address source_mask(bool ipv4) const override {
    const auto& constants = *program_.rodata;
    return ipv4 ? rch_ipv4(constants.source_mask) : constants.source_mask6;
  }
  bool forwards_by_fib() const override { return program_.rodata->forward_by_fib; }
  std::optional<rch_service> service(const ServiceKey& key) const override;
  std::optional<PrefixMatch> prefix(Address address) const override;
  uint64_t pool_word(rch_pool_index pool) const override { return pools_.get(pool).value_or(0); }
  rch_bucket bucket(uint32_t index) const override { return buckets_.get(index).value_or(0); }
  uint64_t pin(uint64_t flow_hash) const override {
    return find_pin(pins_, program_.rodata->pin_sets, flow_hash);
  }
  std::optional<uint64_t> kept_flow(uint64_t flow_hash) const override {
    const uint32_t sets = program_.rodata->flow_sets;
    return sets == 0 ? std::nullopt : std::optional(find_pin(flows_, sets, flow_hash));
  }
  rch_backend backend(uint16_t slot) const override {
    return backends_.get(slot).value_or(rch_backend{});
  }
  std::optional<rch_nexthop> neighbour(Address address) const override {
    return neighbours_.get(encode_address(address));
  }
  bool is_port(uint32_t ifindex) const override { return ports_.get(ifindex).has_value(); }
  std::string interface_name(uint32_t ifindex) const override {
    const auto found = interfaces_.find(ifindex);
    return found == interfaces_.end() ? fmt::format("if{}", ifindex) : found->second;
  }

 private:
  using PinSets = BpfMap<uint32_t, rch_word_set>;
  static uint64_t find_pin(const PinSets& pins, uint32_t sets, uint64_t flow_hash);

  const router_bpf& program_;
  Interfaces interfaces_;
  BpfMap<uint32_t, rch_word_set> services_ = typed<uint32_t, rch_word_set>(program_.maps.services);
  BpfMap<rch_service6_key, rch_service> services6_ =
      typed<rch_service6_key, rch_service>(program_.maps.services6);
  BpfMap<rch_prefix_key, rch_service> prefixes_ =
      typed<rch_prefix_key, rch_service>(program_.maps.prefixes);
  BpfMap<rch_prefix6_key, rch_service> prefixes6_ =
      typed<rch_prefix6_key, rch_service>(program_.maps.prefixes6);
  BpfMap<rch_pool_index, uint64_t> pools_ = typed<rch_pool_index, uint64_t>(program_.maps.pools);
  BpfMap<uint32_t, rch_bucket> buckets_ = typed<uint32_t, rch_bucket>(program_.maps.buckets);
  PinSets pins_ = typed<uint32_t, rch_word_set>(program_.maps.pins);
  PinSets flows_ = typed<uint32_t, rch_word_set>(program_.maps.flows);
  BpfMap<uint32_t, rch_backend> backends_ = typed<uint32_t, rch_backend>(program_.maps.backends);
  BpfMap<rch_address, rch_nexthop> neighbours_ =
      typed<rch_address, rch_nexthop>(program_.maps.neighbours);
  BpfMap<uint32_t, uint32_t> ports_ = typed<uint32_t, uint32_t>(program_.maps.ports);
};

// As find_word in bpf/word_table.h.
std::optional<rch_service> ProgramTables::service(const ServiceKey& service) const {
  if (!service.prefix.address().is_ipv4()) return services6_.get(encode_service6(service));
  const uint64_t key = encode_service(service);
  const uint32_t index = rch_word_set_index(key, RCH_SERVICE_SETS);
  if (key == 0) return std::nullopt;
  for (const uint32_t set : {index, index ^ 1}) {
    for (const __u64 word : services_.get(set).value_or(rch_word_set{}).word) {
      if (word >> RCH_WORD_VALUE_BITS == key)
        return static_cast<rch_service>(word & (RCH_WORD_VALUES - 1));
    }
  }
  return std::nullopt;
}

// As recall_pin in bpf/pin.h.
uint64_t ProgramTables::find_pin(const PinSets& pins, uint32_t sets, uint64_t flow_hash) {
  if (sets == 0) return 0;
  const auto set = pins.get(rch_pin_set_index(flow_hash, sets));
  for (const __u64 pin : set.value_or(rch_word_set{}).word) {
    if (pin != 0 && rch_pin_is_of(pin, flow_hash)) return pin;
  }
  return 0;
}

// A look-up of the kernel would not say which prefix it found.
std::optional<PrefixMatch> ProgramTables::prefix(Address address) const {
  std::optional<PrefixMatch> longest;
  const auto consider = [&](const std::optional<Prefix>& prefix, rch_service service) {
    if (!prefix || !prefix->contains(address)) return;
    if (!longest || prefix->length() > longest->prefix.length()) longest = {*prefix, service};
  };
  for (const auto& [key, service] : prefixes_.entries()) consider(decode_prefix(key), service);
  for (const auto& [key, service] : prefixes6_.entries()) consider(decode_prefix6(key), service);
  return longest;
}

}  // namespace

Result<std::unique_ptr<LiveTables>> LiveTables::open(const std::filesystem::path& state_dir,
                                                     const router_bpf& program) {
  const auto state = StateDir::open(state_dir);
  if (!state) return state.error();
  auto interfaces = find_interfaces(*state);
  if (!interfaces) return interfaces.error();
  return std::unique_ptr<LiveTables>(
      std::make_unique<ProgramTables>(program, *std::move(interfaces)));
}

}  // namespace ricochet

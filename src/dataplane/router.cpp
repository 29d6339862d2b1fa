// SPDX-License-Identifier: Apache-2.0
#include "dataplane/router.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "abi/ricochet.h"
#include "dataplane/bpf_map.h"
#include "dataplane/bucket_memory.h"
#include "dataplane/encode.h"
#include "dataplane/interface.h"
#include "dataplane/pin_table.h"
#include "dataplane/pinned_maps.h"
#include "dataplane/program.h"
#include "dataplane/router_ports.h"
#include "dataplane/router_program.h"
#include "dataplane/service_table.h"
#include "dataplane/state_dir.h"
#include "dataplane/word_table.h"
#include "dataplane/xdp_links.h"
#include "router.skel.h"

namespace ricochet {
namespace {

template <class Key, class Value>
BpfMap<Key, Value> typed(const bpf_map* map) {
  return BpfMap<Key, Value>(bpf_map__name(map), bpf_map__fd(map));
}

// Which backend each slot has, and its epoch, from the table that a new one takes the place of.
Result<void> carry_backends(const Fd& from, const BpfMap<uint32_t, rch_backend>& to) {
  const BpfMap<uint32_t, rch_backend> earlier("backends", from.get());
  for (BackendId id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = earlier.get(id);
    if (!backend) return error("cannot read the pinned backends: {}", std::strerror(errno));
    if (auto set = to.set(id, *backend); !set) return set;
  }
  return {};
}

// What has to be there before a router is: each part is made from the loaded program.
struct Parts {
  std::filesystem::path state_dir;
  PinsGuard pins;
  PinnedMaps maps;
  bool knows_slots;  // whether the table of backends tells whose each slot was
  RouterProgram skeleton;
  BucketMemory memory;
  PinTable pin_table;
  PinTable flow_table;
  ServiceTable services;
  WordTable backend_macs;
  RouterPorts ports;
  XdpLinks links;
};

class XdpRouter final : public RouterDataplane {
 public:
  explicit XdpRouter(Parts parts) : parts_(std::move(parts)) { take_over_macs(); }

  Result<void> attach() override;
  PortFailures set_ports(const PortInterfaces& ports) override;
  Result<void> set_backend(BackendId id, const BackendEntry& entry) override;
  Result<void> remove_backend(BackendId id) override;
  Result<void> set_neighbour(Address address, const NextHop& nexthop) override;
  Result<void> remove_neighbour(Address address) override;
  Result<void> set_service(const ServiceKey& key, const ServiceTarget& target) override;
  Result<void> remove_service(const ServiceKey& key) override;
  Result<void> set_quic_server(const QuicServer& server, BackendId id) override {
    return quic_servers_.set(encode_quic_server(server), id);
  }
  Result<void> remove_quic_server(const QuicServer& server) override {
    return quic_servers_.remove(encode_quic_server(server));
  }
  Result<void> set_quic_id_bytes(PoolIndex pool, uint32_t bytes) override {
    return quic_id_bytes_.set(pool, bytes);
  }
  Result<void> publish(PoolIndex pool, std::span<const Bucket> table, TableFlags flags) override;
  Result<void> remove_pool(PoolIndex pool) override;
  void clear_settling(PoolIndex pool) override;
  void sweep_pins() override;
  void sweep_flows() override { parts_.flow_table.sweep(); }
  std::vector<Bucket> live_buckets(PoolIndex pool) const override {
    return parts_.memory.read(pool);
  }
  TableFlags live_flags(PoolIndex pool) const override;
  std::set<ServiceKey> live_services() const override;
  std::set<BackendId> live_backends() const override;
  std::set<QuicServer> live_quic_servers() const override;
  std::set<Address> live_neighbours() const override;
  TableMemory table_memory() const override { return parts_.memory.use(); }
  std::vector<PortStatus> ports() const override;
  Result<std::unique_ptr<LiveTables>> live_tables() const override {
    return LiveTables::open(parts_.state_dir, *parts_.skeleton);
  }

 private:
  void take_over_macs();
  Result<void> believe(BackendId id, std::optional<MacAddress> mac);
  std::optional<XdpLinks::Refusal> attach_links();
  [[nodiscard]] bool is_of_another(const rch_backend& before, const rch_backend& entry) const;

  Parts parts_;
  bool attached_ = false;
  // Whose marks are believed; the table backend_macs is the set of the values.
  std::map<BackendId, MacAddress> macs_;

  BpfMap<rch_prefix_key, rch_service> prefixes_ =
      typed<rch_prefix_key, rch_service>(parts_.skeleton->maps.prefixes);
  BpfMap<uint32_t, rch_backend> backends_ =
      typed<uint32_t, rch_backend>(parts_.skeleton->maps.backends);
  BpfMap<rch_prefix6_key, rch_service> prefixes6_ =
      typed<rch_prefix6_key, rch_service>(parts_.skeleton->maps.prefixes6);
  BpfMap<rch_quic_server, uint32_t> quic_servers_ =
      typed<rch_quic_server, uint32_t>(parts_.skeleton->maps.quic_servers);
  BpfMap<rch_pool_index, uint32_t> quic_id_bytes_ =
      typed<rch_pool_index, uint32_t>(parts_.skeleton->maps.quic_id_bytes);
  BpfMap<rch_address, rch_nexthop> neighbours_ =
      typed<rch_address, rch_nexthop>(parts_.skeleton->maps.neighbours);
  BpfMap<uint32_t, rch_traffic> traffic_ =
      typed<uint32_t, rch_traffic>(parts_.skeleton->maps.backend_traffic);
};

// Keeps backend_macs the set of the MACs of live backends: two ids may share one.
Result<void> XdpRouter::believe(BackendId id, std::optional<MacAddress> mac) {
  std::optional<MacAddress> old;
  if (const auto it = macs_.find(id); it != macs_.end()) old = it->second;
  if (old == mac) return {};
  if (mac) {
    if (auto set = parts_.backend_macs.set(encode_mac(*mac), 0); !set) return set;
    macs_[id] = *mac;
  } else {
    macs_.erase(id);
  }
  const bool still_used =
      old && std::ranges::any_of(macs_, [&](const auto& entry) { return entry.second == *old; });
  if (!old || still_used) return {};
  parts_.backend_macs.remove(encode_mac(*old));
  return {};
}

Result<void> XdpRouter::set_backend(BackendId id, const BackendEntry& entry) {
  rch_backend encoded{};
  std::optional<MacAddress> mac;
  if (!entry.address) {
    encoded.flags = RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED;
  } else {
    encoded.address = encode_address(*entry.address);
  }
  if (entry.address && entry.nexthop) {
    const auto interface = parts_.ports.behind(*entry.nexthop);
    if (!interface) return interface.error();
    if (*interface != nullptr) {
      encoded.nexthop = encode_nexthop(*entry.nexthop, **interface);
      encoded.flags = RCH_BACKEND_LIVE;
      if (entry.has_agent) mac = entry.nexthop->mac;
    }
  }
  const rch_backend before = backends_.get(id).value_or(rch_backend{});
  encoded.epoch = before.epoch;
  if (is_of_another(before, encoded)) {
    encoded.epoch = static_cast<uint8_t>((before.epoch + 1) % RCH_PIN_EPOCHS);
    if (auto zeroed = traffic_.zero_per_cpu(id); !zeroed) return zeroed;
  }
  if (auto set = backends_.set(id, encoded); !set) return set;
  return believe(id, mac);
}

// Whether the slot's traffic counters and pins are those of another backend. A new table that is
// being filled may not tell, but the log of generations does: its slots are those of the earlier
// daemon.
bool XdpRouter::is_of_another(const rch_backend& before, const rch_backend& entry) const {
  const bool other_kind = (before.flags ^ entry.flags) & RCH_BACKEND_CONNECTED;
  const bool other_address = rch_same_address(&before.address, &entry.address) == 0;
  return (attached_ || parts_.knows_slots) && (other_address || other_kind);
}

Result<void> XdpRouter::remove_backend(BackendId id) {
  // The epoch stays, for the next one in this slot.
  rch_backend removed{};
  removed.epoch = backends_.get(id).value_or(removed).epoch;
  if (auto set = backends_.set(id, removed); !set) return set;
  return believe(id, std::nullopt);
}

Result<void> XdpRouter::set_neighbour(Address address, const NextHop& nexthop) {
  const auto interface = parts_.ports.behind(nexthop);
  if (!interface) return interface.error();
  if (*interface == nullptr) return remove_neighbour(address);
  return neighbours_.set(encode_address(address), encode_nexthop(nexthop, **interface));
}

Result<void> XdpRouter::remove_neighbour(Address address) {
  return neighbours_.remove(encode_address(address));
}

Result<void> XdpRouter::set_service(const ServiceKey& key, const ServiceTarget& target) {
  const rch_service service = encode_target(target);
  if (!key.prefix.is_host()) {
    return key.prefix.address().is_ipv4() ? prefixes_.set(encode_prefix(key.prefix), service)
                                          : prefixes6_.set(encode_prefix6(key.prefix), service);
  }
  const auto set = parts_.services.set(key, service);
  if (!set) return error("service {}: {}", to_string(key), set.error().message);
  return {};
}

Result<void> XdpRouter::remove_service(const ServiceKey& key) {
  if (!key.prefix.is_host()) {
    return key.prefix.address().is_ipv4() ? prefixes_.remove(encode_prefix(key.prefix))
                                          : prefixes6_.remove(encode_prefix6(key.prefix));
  }
  parts_.services.remove(key);
  return {};
}

Result<void> XdpRouter::publish(PoolIndex pool, std::span<const Bucket> table, TableFlags flags) {
  const uint32_t mark = flags.mark == MarkMode::ecmp_er ? RCH_POOL_MARK_ECMP_ER : 0;
  const uint32_t history = flags.history ? 0 : RCH_POOL_NO_HISTORY;
  return parts_.memory.publish(pool, table, RCH_POOL_SETTLING | mark | history);
}

Result<void> XdpRouter::remove_pool(PoolIndex pool) {
  parts_.memory.clear(pool);
  return {};
}

void XdpRouter::clear_settling(PoolIndex pool) {
  parts_.memory.clear_flag(pool, RCH_POOL_SETTLING);
}

TableFlags XdpRouter::live_flags(PoolIndex pool) const {
  const uint32_t flags = parts_.memory.flags(pool);
  return {.mark = (flags & RCH_POOL_MARK_ECMP_ER) != 0 ? MarkMode::ecmp_er : MarkMode::dscp,
          .history = (flags & RCH_POOL_NO_HISTORY) == 0};
}

std::set<BackendId> XdpRouter::live_backends() const {
  std::set<BackendId> ids;
  for (BackendId id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = backends_.get(id);
    if (backend && (!is_none(backend->address) || backend->flags != 0)) ids.insert(id);
  }
  return ids;
}

std::set<QuicServer> XdpRouter::live_quic_servers() const {
  std::set<QuicServer> servers;
  for (const auto& [key, slot] : quic_servers_.entries()) {
    servers.insert({.pool = key.pool, .id = key.id});
  }
  return servers;
}

std::set<Address> XdpRouter::live_neighbours() const {
  std::set<Address> addresses;
  for (const auto& [address, nexthop] : neighbours_.entries()) {
    addresses.insert(decode_address(address));
  }
  return addresses;
}

std::set<ServiceKey> XdpRouter::live_services() const {
  std::set<ServiceKey> keys = parts_.services.services();
  for (const auto& [key, pool] : prefixes_.entries()) {
    if (const auto decoded = decode_prefix(key)) keys.insert({.prefix = *decoded});
  }
  for (const auto& [key, pool] : prefixes6_.entries()) {
    if (const auto decoded = decode_prefix6(key)) keys.insert({.prefix = *decoded});
  }
  return keys;
}

std::vector<PortStatus> XdpRouter::ports() const {
  std::vector<PortStatus> status;
  for (const Port& port : parts_.ports.all()) {
    const uint32_t ifindex = port.interface ? port.interface->ifindex : 0;
    const auto program = ifindex == 0 ? std::nullopt : query_program(ifindex);
    status.push_back({port.name, ifindex, program && program->native});
  }
  return status;
}

// Whose marks an earlier daemon believed.
void XdpRouter::take_over_macs() {
  std::set<uint64_t> believed;
  for (const auto& [key, unused] : parts_.backend_macs.entries()) believed.insert(key);
  for (BackendId id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = backends_.get(id);
    if (backend && backend->flags == RCH_BACKEND_LIVE) {
      const MacAddress mac(std::to_array(backend->nexthop.mac));
      if (believed.contains(encode_mac(mac))) macs_[id] = mac;
    }
  }
}

// Interfaces that went away meanwhile are not there, and the others are attached without them.
std::optional<XdpLinks::Refusal> XdpRouter::attach_links() {
  const int program = bpf_program__fd(parts_.skeleton->progs.ricochet_router);
  auto refused = parts_.links.attach(program, parts_.ports.all());
  while (refused && refused->kind == XdpLinks::Refusal::Kind::gone) {
    (void)parts_.ports.set(refused->port, std::nullopt);
    refused = parts_.links.attach(program, parts_.ports.all());
  }
  return refused;
}

void XdpRouter::sweep_pins() {
  parts_.pin_table.sweep();
  parts_.memory.keep_pinned(parts_.pin_table);
}

Result<void> XdpRouter::attach() {
  if (!parts_.maps.tables_taken_over()) parts_.memory.set_pinned(parts_.pin_table);
  if (const auto refused = attach_links()) return refused->error;
  if (auto taken_over = parts_.ports.take_over(); !taken_over) return taken_over;
  if (auto pinned = parts_.maps.pin(parts_.skeleton->obj); !pinned) return pinned;
  parts_.pins.keep();
  attached_ = true;
  // Buckets that were pinned before; without pins nobody would ever sweep them.
  if (parts_.skeleton->rodata->pin_sets == 0) parts_.memory.keep_pinned(parts_.pin_table);
  return {};
}

PortFailures XdpRouter::set_ports(const PortInterfaces& ports) {
  PortFailures failures;
  for (const auto& [index, interface] : ports) {
    if (auto set = parts_.ports.set(index, interface); !set) failures.emplace(index, set.error());
  }
  if (!attached_) return failures;
  // One port that cannot be had must not keep the others from coming and going.
  while (const auto refused = attach_links()) {
    failures.emplace(refused->port, refused->error);
    (void)parts_.ports.set(refused->port, std::nullopt);
  }
  return failures;
}

}  // namespace

Result<std::unique_ptr<RouterDataplane>> RouterDataplane::open(const RouterOptions& options) {
  auto skeleton = open_router_program(options);
  if (!skeleton) return skeleton.error();
  const auto state = StateDir::create(options.state_dir);
  if (!state) return state.error();
  PinsGuard pins(*state);
  auto ports = RouterPorts::find(options.ports, options.backend_ports, *state);
  if (!ports) return ports.error();
  auto shared = PinnedMaps::share((*skeleton)->obj, *state, options.allow_loss);
  if (!shared) return shared.error();
  if (auto loaded = load((*skeleton)->skeleton); !loaded) return loaded.error();

  const auto& maps = (*skeleton)->maps;
  const Fd& earlier_backends = shared->replaced("backends");
  const bool knows_slots = shared->tables_taken_over() || earlier_backends.valid();
  if (earlier_backends.valid()) {
    const auto backends = typed<uint32_t, rch_backend>(maps.backends);
    if (auto carried = carry_backends(earlier_backends, backends); !carried) return carried.error();
  }
  auto memory = BucketMemory::map(bpf_map__fd(maps.pools), bpf_map__fd(maps.buckets),
                                  options.bucket_capacity());
  if (!memory) return memory.error();
  auto pin_table = PinTable::map(bpf_map__fd(maps.pins), options.pin_sets());
  if (!pin_table) return pin_table.error();
  auto flow_table = PinTable::map(bpf_map__fd(maps.flows), options.flow_sets());
  if (!flow_table) return flow_table.error();
  auto services = WordTable::map(bpf_map__fd(maps.services), RCH_SERVICE_SETS);
  if (!services) return services.error();
  auto macs = WordTable::map(bpf_map__fd(maps.backend_macs), RCH_BACKEND_MAC_SETS);
  if (!macs) return macs.error();
  auto filled = ports->fill({.devmap_fd = bpf_map__fd(maps.ports),
                             .port_macs_fd = bpf_map__fd(maps.port_macs),
                             .backend_ports_fd = bpf_map__fd(maps.backend_ports)});
  if (!filled) return filled.error();
  // Last: a link that was detached just now takes its time to go.
  XdpLinks links(*state);
  if (auto free = links.check(ports->all()); !free) return free.error();
  return std::unique_ptr<RouterDataplane>(std::make_unique<XdpRouter>(Parts{
      .state_dir = options.state_dir,
      .pins = std::move(pins),
      .maps = *std::move(shared),
      .knows_slots = knows_slots,
      .skeleton = *std::move(skeleton),
      .memory = *std::move(memory),
      .pin_table = *std::move(pin_table),
      .flow_table = *std::move(flow_table),
      .services =
          ServiceTable(*std::move(services), typed<rch_service6_key, rch_service>(maps.services6)),
      .backend_macs = *std::move(macs),
      .ports = *std::move(ports),
      .links = std::move(links)}));
}

}  // namespace ricochet

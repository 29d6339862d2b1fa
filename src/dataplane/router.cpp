// SPDX-License-Identifier: Apache-2.0
#include "dataplane/router.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "abi/ricochet.h"
#include "dataplane/bpf_map.h"
#include "dataplane/bucket_memory.h"
#include "dataplane/encode.h"
#include "dataplane/program.h"
#include "dataplane/state_dir.h"
#include "dataplane/word_table.h"
#include "dataplane/xdp_link.h"
#include "router.skel.h"
#include "spdlog/spdlog.h"
#include "util/fd.h"

namespace ricochet {
namespace {

struct SkeletonDeleter {
  void operator()(router_bpf* skeleton) const { router_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<router_bpf, SkeletonDeleter>;

// A pinned array keeps its size for life; 0 if there is none yet.
uint32_t pinned_capacity(const StateDir& state) {
  const Fd map(bpf_obj_get(state.pin("buckets").c_str()));
  bpf_map_info info{};
  __u32 bytes = sizeof(info);
  if (!map.valid() || bpf_obj_get_info_by_fd(map.get(), &info, &bytes) != 0) return 0;
  return info.max_entries;
}

Result<Skeleton> load_router(const RouterOptions& options, const StateDir& state) {
  log_libbpf();
  Skeleton skeleton(router_bpf::open());
  if (!skeleton) return error("cannot open the router's BPF program");
  skeleton->rodata->flow_seed = options.seed;
  const uint32_t pinned = pinned_capacity(state);
  bpf_map__set_max_entries(skeleton->maps.buckets, pinned ? pinned : options.bucket_capacity);
  if (auto shared = share_maps(skeleton->obj, state); !shared) return shared.error();
  if (auto loaded = load(skeleton->skeleton, state); !loaded) return loaded.error();
  return skeleton;
}

template <class Key, class Value>
BpfMap<Key, Value> typed(const bpf_map* map) {
  return BpfMap<Key, Value>(bpf_map__name(map), bpf_map__fd(map));
}

class XdpRouter final : public RouterDataplane {
 public:
  XdpRouter(Skeleton skeleton, BucketMemory memory, WordTable services, WordTable backend_macs,
            std::vector<Interface> ports)
      : skeleton_(std::move(skeleton)),
        memory_(std::move(memory)),
        services_(std::move(services)),
        backend_macs_(std::move(backend_macs)),
        ports_(std::move(ports)) {}

  Result<void> set_backend(BackendId id, const BackendEntry& entry) override;
  Result<void> remove_backend(BackendId id) override;
  Result<void> set_neighbour(Ipv4Address address, const NextHop& nexthop) override;
  Result<void> remove_neighbour(Ipv4Address address) override;
  Result<void> set_service(const ServiceKey& key, PoolIndex pool) override;
  Result<void> remove_service(const ServiceKey& key) override;
  Result<void> publish(PoolIndex pool, std::span<const Bucket> table, TableFlags flags) override;
  Result<void> remove_pool(PoolIndex pool) override;
  void clear_settling(PoolIndex pool) override;
  std::vector<Bucket> live_buckets(PoolIndex pool) const override { return memory_.read(pool); }
  TableFlags live_flags(PoolIndex pool) const override;
  std::set<ServiceKey> live_services() const override;
  std::set<BackendId> live_backends() const override;
  std::set<Ipv4Address> live_neighbours() const override;
  TableMemory table_memory() const override { return memory_.use(); }
  std::vector<PortStatus> ports() const override;

  Result<void> attach(const StateDir& state);
  Result<void> adopt(const std::vector<std::string>& backend_ports);

 private:
  Result<const Interface*> port_of(const NextHop& nexthop) const;
  Result<void> believe(BackendId id, std::optional<MacAddress> mac);

  Skeleton skeleton_;
  BucketMemory memory_;
  WordTable services_;
  WordTable backend_macs_;
  std::vector<Interface> ports_;
  // Whose marks are believed; the table backend_macs is the set of the values.
  std::map<BackendId, MacAddress> macs_;

  BpfMap<rch_prefix_key, rch_pool_index> prefixes_ =
      typed<rch_prefix_key, rch_pool_index>(skeleton_->maps.prefixes);
  BpfMap<uint32_t, rch_backend> backends_ = typed<uint32_t, rch_backend>(skeleton_->maps.backends);
  BpfMap<uint32_t, rch_nexthop> neighbours_ =
      typed<uint32_t, rch_nexthop>(skeleton_->maps.neighbours);
  BpfMap<uint32_t, rch_traffic> traffic_ =
      typed<uint32_t, rch_traffic>(skeleton_->maps.backend_traffic);
};

Result<const Interface*> XdpRouter::port_of(const NextHop& nexthop) const {
  if (nexthop.port >= ports_.size()) {
    return error("there is no port {}: --ports names {} (0 to {})", nexthop.port, ports_.size(),
                 ports_.size() - 1);
  }
  return &ports_[nexthop.port];
}

// Keeps backend_macs the set of the MACs of live backends: two ids may share one.
Result<void> XdpRouter::believe(BackendId id, std::optional<MacAddress> mac) {
  std::optional<MacAddress> old;
  if (const auto it = macs_.find(id); it != macs_.end()) old = it->second;
  if (old == mac) return {};
  if (mac) {
    if (auto set = backend_macs_.set(encode_mac(*mac), 0); !set) return set;
    macs_[id] = *mac;
  } else {
    macs_.erase(id);
  }
  const bool still_used =
      old && std::ranges::any_of(macs_, [&](const auto& entry) { return entry.second == *old; });
  if (!old || still_used) return {};
  backend_macs_.remove(encode_mac(*old));
  return {};
}

Result<void> XdpRouter::set_backend(BackendId id, const BackendEntry& entry) {
  rch_backend encoded{};
  std::optional<MacAddress> mac;
  if (!entry.address) {
    encoded.flags = RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED;
  } else {
    encoded.address = entry.address->network_order();
  }
  if (entry.address && entry.nexthop) {
    const auto port = port_of(*entry.nexthop);
    if (!port) return port.error();
    encoded.nexthop = encode_nexthop(*entry.nexthop, **port);
    encoded.flags = RCH_BACKEND_LIVE;
    if (entry.has_agent) mac = entry.nexthop->mac;
  }
  const auto before = backends_.get(id);
  if (!before || before->address != encoded.address) {
    if (auto zeroed = traffic_.zero_per_cpu(id); !zeroed) return zeroed;
  }
  if (auto set = backends_.set(id, encoded); !set) return set;
  return believe(id, mac);
}

Result<void> XdpRouter::remove_backend(BackendId id) {
  if (auto set = backends_.set(id, rch_backend{}); !set) return set;
  return believe(id, std::nullopt);
}

Result<void> XdpRouter::set_neighbour(Ipv4Address address, const NextHop& nexthop) {
  const auto port = port_of(nexthop);
  if (!port) return port.error();
  return neighbours_.set(address.network_order(), encode_nexthop(nexthop, **port));
}

Result<void> XdpRouter::remove_neighbour(Ipv4Address address) {
  return neighbours_.remove(address.network_order());
}

Result<void> XdpRouter::set_service(const ServiceKey& key, PoolIndex pool) {
  if (!key.prefix.is_host()) return prefixes_.set(encode_prefix(key.prefix), pool);
  const auto set = services_.set(encode_service(key), static_cast<uint8_t>(pool));
  if (!set) return error("service {}: {}", to_string(key), set.error().message);
  return {};
}

Result<void> XdpRouter::remove_service(const ServiceKey& key) {
  if (!key.prefix.is_host()) return prefixes_.remove(encode_prefix(key.prefix));
  services_.remove(encode_service(key));
  return {};
}

Result<void> XdpRouter::publish(PoolIndex pool, std::span<const Bucket> table, TableFlags flags) {
  const uint32_t mark = flags.mark == MarkMode::ecmp_er ? RCH_POOL_MARK_ECMP_ER : 0;
  const uint32_t history = flags.history ? 0 : RCH_POOL_NO_HISTORY;
  return memory_.publish(pool, table, RCH_POOL_SETTLING | mark | history);
}

Result<void> XdpRouter::remove_pool(PoolIndex pool) {
  memory_.clear(pool);
  return {};
}

void XdpRouter::clear_settling(PoolIndex pool) {
  memory_.clear_flag(pool, RCH_POOL_SETTLING);
}

TableFlags XdpRouter::live_flags(PoolIndex pool) const {
  const uint32_t flags = memory_.flags(pool);
  return {.mark = (flags & RCH_POOL_MARK_ECMP_ER) != 0 ? MarkMode::ecmp_er : MarkMode::dscp,
          .history = (flags & RCH_POOL_NO_HISTORY) == 0};
}

std::set<BackendId> XdpRouter::live_backends() const {
  std::set<BackendId> ids;
  for (BackendId id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = backends_.get(id);
    if (backend && (backend->address != 0 || backend->flags != 0)) ids.insert(id);
  }
  return ids;
}

std::set<Ipv4Address> XdpRouter::live_neighbours() const {
  std::set<Ipv4Address> addresses;
  for (const auto& [address, nexthop] : neighbours_.entries()) {
    addresses.insert(Ipv4Address::from_network_order(address));
  }
  return addresses;
}

std::set<ServiceKey> XdpRouter::live_services() const {
  std::set<ServiceKey> keys;
  for (const auto& [key, pool] : services_.entries()) keys.insert(decode_service(key));
  for (const auto& [key, pool] : prefixes_.entries()) {
    if (const auto decoded = decode_prefix(key)) keys.insert(*decoded);
  }
  return keys;
}

std::vector<PortStatus> XdpRouter::ports() const {
  std::vector<PortStatus> status;
  for (const Interface& port : ports_) {
    status.push_back({port.name, port.ifindex, runs_native(port.ifindex)});
  }
  return status;
}

// Makes the maps fit --ports, and takes over whose marks an earlier daemon believed.
Result<void> XdpRouter::adopt(const std::vector<std::string>& backend_ports) {
  const auto ports = typed<uint32_t, uint32_t>(skeleton_->maps.ports);
  const auto trusted = typed<uint32_t, uint32_t>(skeleton_->maps.backend_ports);
  for (const auto& [ifindex, unused] : trusted.entries()) {
    if (auto removed = trusted.remove(ifindex); !removed) return removed;
  }
  for (uint32_t index = 0; index < RCH_PORTS_MAX; ++index) {
    auto changed =
        index < ports_.size() ? ports.set(index, ports_[index].ifindex) : ports.remove(index);
    if (!changed) return changed;
  }
  for (const std::string& name : backend_ports) {
    const auto port = std::ranges::find(ports_, name, &Interface::name);
    if (port == ports_.end()) return error("--backend-ports names {}, --ports does not", name);
    if (auto set = trusted.set(port->ifindex, 0); !set) return set;
  }
  for (BackendId id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = backends_.get(id);
    if (backend && backend->flags == RCH_BACKEND_LIVE) {
      macs_[id] = MacAddress(std::to_array(backend->nexthop.mac));
    }
  }
  return {};
}

Result<void> XdpRouter::attach(const StateDir& state) {
  std::vector<std::filesystem::path> made;
  const int program = bpf_program__fd(skeleton_->progs.ricochet_router);
  for (const Interface& port : ports_) {
    const auto pin = state.link_pin(port.name);
    const auto link = attach_xdp(program, port, pin);
    if (!link) {
      std::error_code ignored;
      for (const auto& path : made) std::filesystem::remove(path, ignored);
      return link.error();
    }
    if (!link->adopted) made.push_back(pin);
    spdlog::info("{}: XDP {} ({})", port.name, link->native ? "native" : "generic",
                 link->adopted ? "adopted" : "attached");
  }
  for (const std::string& name : state.linked_interfaces()) {
    if (std::ranges::find(ports_, name, &Interface::name) != ports_.end()) continue;
    std::error_code ignored;
    std::filesystem::remove(state.link_pin(name), ignored);
    spdlog::info("{}: detached, --ports no longer names it", name);
  }
  return {};
}

Result<std::vector<Interface>> find_ports(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > RCH_PORTS_MAX) {
    return error("--ports must name 1 to {} interfaces", RCH_PORTS_MAX);
  }
  std::vector<Interface> ports;
  for (const std::string& name : names) {
    if (std::ranges::find(ports, name, &Interface::name) != ports.end()) {
      return error("--ports names {} twice", name);
    }
    auto port = find_interface(name);
    if (!port) return port.error();
    ports.push_back(*std::move(port));
  }
  return ports;
}

}  // namespace

Result<std::unique_ptr<RouterDataplane>> RouterDataplane::open(const RouterOptions& options) {
  auto ports = find_ports(options.ports);
  if (!ports) return ports.error();
  const auto state = StateDir::create(options.state_dir);
  if (!state) return state.error();
  PinsGuard pins(*state);
  auto skeleton = load_router(options, *state);
  if (!skeleton) return skeleton.error();
  const bpf_map* buckets = (*skeleton)->maps.buckets;
  auto memory = BucketMemory::map(bpf_map__fd((*skeleton)->maps.pools), bpf_map__fd(buckets),
                                  bpf_map__max_entries(buckets));
  if (!memory) return memory.error();
  auto services = WordTable::map(bpf_map__fd((*skeleton)->maps.services), RCH_SERVICE_SETS);
  if (!services) return services.error();
  auto macs = WordTable::map(bpf_map__fd((*skeleton)->maps.backend_macs), RCH_BACKEND_MAC_SETS);
  if (!macs) return macs.error();
  auto router =
      std::make_unique<XdpRouter>(*std::move(skeleton), *std::move(memory), *std::move(services),
                                  *std::move(macs), *std::move(ports));
  if (auto adopted = router->adopt(options.backend_ports); !adopted) return adopted.error();
  if (auto attached = router->attach(*state); !attached) return attached.error();
  pins.keep();
  return std::unique_ptr<RouterDataplane>(std::move(router));
}

}  // namespace ricochet

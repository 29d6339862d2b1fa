// SPDX-License-Identifier: Apache-2.0
//
// A data plane in memory. It outlives the controllers of a test, as the kernel's maps outlive
// daemons, fails when told to, and notes every order of calls under which a packet could have met
// something half made.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "dataplane/router.h"

namespace ricochet {

class FakeDataplane final : public RouterDataplane {
 public:
  // From now on, `calls` changes succeed and the rest fail.
  void fail_after(size_t calls) { calls_left_ = calls; }
  void heal() { calls_left_ = SIZE_MAX; }
  // As after a reboot.
  void reset() {
    const std::lock_guard lock(mutex_);
    pools_.clear();
    publishes.clear();
    backends.clear();
    neighbours.clear();
    services.clear();
    quic_servers.clear();
    quic_id_bytes.clear();
  }

  // Whether it happens at all; the time is only there so that a broken test ends.
  [[nodiscard]] bool await_settled(PoolIndex pool) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1),
                             [&] { return !pools_.at(pool).settling; });
  }
  [[nodiscard]] bool is_settling(PoolIndex pool) const {
    const std::lock_guard lock(mutex_);
    return pools_.at(pool).settling;
  }

  [[nodiscard]] bool await_pin_sweeps(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return pin_sweeps_ >= count; });
  }
  [[nodiscard]] int pin_sweeps() const {
    const std::lock_guard lock(mutex_);
    return pin_sweeps_;
  }

  [[nodiscard]] bool await_flow_sweeps(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return flow_sweeps_ >= count; });
  }

  // What must never happen; empty in a good run.
  std::vector<std::string> violations;
  // How often each pool was published.
  std::map<PoolIndex, int> publishes;
  std::map<BackendId, BackendEntry> backends;
  std::map<Address, NextHop> neighbours;
  std::map<ServiceKey, ServiceTarget> services;
  std::map<QuicServer, BackendId> quic_servers;
  std::map<PoolIndex, uint32_t> quic_id_bytes;
  std::vector<PortStatus> port_list{
      {"p0", 1, true}, {"p1", 2, true}, {"p2", 3, true}, {"p3", 4, true}, {"p4", 5, true}};
  int neighbour_writes = 0;
  uint32_t capacity_buckets = 1 << 22;
  int attached = 0;
  std::vector<PortInterfaces> port_changes;  // as they were set together
  std::set<size_t> gone_when_attached;       // ports whose interface goes before attach()
  PortFailures refused_ports;                // cannot be had, whenever they are set

  // The model's neighbour by the number of its port.
  [[nodiscard]] NextHop nexthop(const Neighbour& neighbour) const {
    const auto port = std::ranges::find(port_list, neighbour.interface, &PortStatus::name);
    return {.port = static_cast<uint16_t>(port - port_list.begin()), .mac = neighbour.mac};
  }

  Result<std::unique_ptr<LiveTables>> live_tables() const override {
    return error("no program reads these");
  }

  Result<void> attach() override {
    ++attached;
    for (const size_t index : gone_when_attached) port_list.at(index).ifindex = 0;
    return {};
  }

  PortFailures set_ports(const PortInterfaces& ports) override {
    port_changes.push_back(ports);
    for (const auto& [index, interface] : ports) {
      const bool is_there = interface && !refused_ports.contains(index);
      port_list.at(index).ifindex = is_there ? interface->ifindex : 0;
    }
    for (const auto& [index, failure] : refused_ports) port_list.at(index).ifindex = 0;
    return refused_ports;
  }

  Result<void> set_backend(BackendId id, const BackendEntry& entry) override {
    if (!may_change()) return refusal();
    const auto old = backends.find(id);
    if (old != backends.end() && old->second.address != entry.address && is_owner(id)) {
      note("backend {} in use became another", id);
    }
    backends[id] = entry;
    return {};
  }

  Result<void> remove_backend(BackendId id) override {
    if (!may_change()) return refusal();
    if (is_owner(id)) note("backend {} removed while a bucket has it", id);
    for (const auto& [server, named] : quic_servers) {
      if (named == id) note("backend {} removed while a QUIC ID names it", id);
    }
    backends.erase(id);
    return {};
  }

  void sweep_pins() override {
    const std::lock_guard lock(mutex_);
    ++pin_sweeps_;
    changed_.notify_all();
  }

  void sweep_flows() override {
    const std::lock_guard lock(mutex_);
    ++flow_sweeps_;
    changed_.notify_all();
  }

  Result<void> set_neighbour(Address address, const NextHop& nexthop) override {
    if (!may_change()) return refusal();
    ++neighbour_writes;
    neighbours[address] = nexthop;
    return {};
  }

  Result<void> remove_neighbour(Address address) override {
    if (!may_change()) return refusal();
    neighbours.erase(address);
    return {};
  }

  Result<void> set_service(const ServiceKey& key, const ServiceTarget& target) override {
    if (!may_change()) return refusal();
    services[key] = target;
    return {};
  }

  Result<void> remove_service(const ServiceKey& key) override {
    if (!may_change()) return refusal();
    services.erase(key);
    return {};
  }

  Result<void> set_quic_server(const QuicServer& server, BackendId id) override {
    if (!may_change()) return refusal();
    if (!backends.contains(id)) note("a QUIC ID names backend {}, which is not set", id);
    quic_servers[server] = id;
    return {};
  }

  Result<void> remove_quic_server(const QuicServer& server) override {
    if (!may_change()) return refusal();
    quic_servers.erase(server);
    return {};
  }

  Result<void> set_quic_id_bytes(PoolIndex pool, uint32_t bytes) override {
    if (!may_change()) return refusal();
    quic_id_bytes[pool] = bytes;
    return {};
  }

  Result<void> publish(PoolIndex pool, std::span<const Bucket> buckets, TableFlags flags) override {
    if (!may_change()) return refusal();
    if (!std::has_single_bit(buckets.size())) note("pool {} not a power of two", pool);
    for (const Bucket& bucket : buckets) {
      for (const BackendId id : bucket.owner) {
        if (id != 0 && !backends.contains(id)) note("backend {} published but not set", id);
      }
    }
    const std::lock_guard lock(mutex_);
    pools_[pool] = {.buckets = {buckets.begin(), buckets.end()}, .flags = flags, .settling = true};
    ++publishes[pool];
    return {};
  }

  Result<void> remove_pool(PoolIndex pool) override {
    if (!may_change()) return refusal();
    const std::lock_guard lock(mutex_);
    pools_.erase(pool);
    return {};
  }

  void clear_settling(PoolIndex pool) override {
    const std::lock_guard lock(mutex_);
    if (const auto found = pools_.find(pool); found != pools_.end()) found->second.settling = false;
    changed_.notify_all();
  }

  [[nodiscard]] std::vector<Bucket> live_buckets(PoolIndex pool) const override {
    const std::lock_guard lock(mutex_);
    const auto found = pools_.find(pool);
    return found == pools_.end() ? std::vector<Bucket>{} : found->second.buckets;
  }

  [[nodiscard]] std::set<ServiceKey> live_services() const override {
    std::set<ServiceKey> keys;
    for (const auto& [key, pool] : services) keys.insert(key);
    return keys;
  }

  [[nodiscard]] TableFlags live_flags(PoolIndex pool) const override { return flags_of(pool); }
  [[nodiscard]] std::set<BackendId> live_backends() const override {
    std::set<BackendId> ids;
    for (const auto& [id, entry] : backends) ids.insert(id);
    return ids;
  }
  [[nodiscard]] std::set<QuicServer> live_quic_servers() const override {
    std::set<QuicServer> servers;
    for (const auto& [server, id] : quic_servers) servers.insert(server);
    return servers;
  }
  [[nodiscard]] std::set<Address> live_neighbours() const override {
    std::set<Address> addresses;
    for (const auto& [address, nexthop] : neighbours) addresses.insert(address);
    return addresses;
  }
  [[nodiscard]] TableMemory table_memory() const override {
    const std::lock_guard lock(mutex_);
    size_t used = 0;
    for (const auto& [index, pool] : pools_) used += pool.buckets.size();
    return {.used_buckets = static_cast<uint32_t>(used), .capacity_buckets = capacity_buckets};
  }
  [[nodiscard]] std::vector<PortStatus> ports() const override { return port_list; }

  [[nodiscard]] size_t pool_count() const {
    const std::lock_guard lock(mutex_);
    return pools_.size();
  }
  [[nodiscard]] TableFlags flags_of(PoolIndex pool) const {
    const std::lock_guard lock(mutex_);
    return pools_.at(pool).flags;
  }

 private:
  struct FakePool {
    std::vector<Bucket> buckets;
    TableFlags flags;
    bool settling = false;
  };

  bool may_change() {
    if (calls_left_ == 0) return false;
    if (calls_left_ != SIZE_MAX) --calls_left_;
    return true;
  }

  static Error refusal() { return error("made to fail"); }

  void note(const char* text, unsigned number) {
    violations.push_back(fmt::format(fmt::runtime(text), number));
  }

  [[nodiscard]] bool is_owner(BackendId id) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [pool, entry] : pools_) {
      for (const Bucket& bucket : entry.buckets) {
        if (std::ranges::find(bucket.owner, id) != bucket.owner.end()) return true;
      }
    }
    return false;
  }

  size_t calls_left_ = SIZE_MAX;
  mutable std::mutex mutex_;  // of what the threads of timer and sweeper touch
  std::condition_variable changed_;
  std::map<PoolIndex, FakePool> pools_;
  int pin_sweeps_ = 0;
  int flow_sweeps_ = 0;
};

}  // namespace ricochet

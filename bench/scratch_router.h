// SPDX-License-Identifier: Apache-2.0
//
// What a router needs to run: a directory for its store, and the real data plane on the loopback
// interface of a private network. All of it goes with the object, and the kernel's part also when
// the process is killed.
#pragma once

#include <filesystem>
#include <memory>

#include "dataplane/router.h"
#include "stopwatch.h"

namespace ricochet::bench {

inline constexpr const char* kScratchPort = "lo";

// The real one, and how long its publish() slept: that is the grace period, in which nothing else
// waits.
class TimedDataplane final : public RouterDataplane {
 public:
  explicit TimedDataplane(std::unique_ptr<RouterDataplane> real) : real_(std::move(real)) {}

  // Since the last call.
  Milliseconds take_grace() { return std::exchange(grace_, Milliseconds{}); }

  Result<void> publish(PoolIndex pool, std::span<const Bucket> buckets, TableFlags flags) override {
    const Stopwatch watch;
    auto published = real_->publish(pool, buckets, flags);
    grace_ += watch.elapsed() - watch.worked();
    return published;
  }

  Result<void> attach() override { return real_->attach(); }
  PortFailures set_ports(const PortInterfaces& ports) override { return real_->set_ports(ports); }
  Result<void> set_backend(BackendId id, const BackendEntry& entry) override {
    return real_->set_backend(id, entry);
  }
  Result<void> remove_backend(BackendId id) override { return real_->remove_backend(id); }
  Result<void> set_neighbour(Address address, const NextHop& nexthop) override {
    return real_->set_neighbour(address, nexthop);
  }
  Result<void> remove_neighbour(Address address) override {
    return real_->remove_neighbour(address);
  }
  Result<void> set_service(const ServiceKey& key, const ServiceTarget& target) override {
    return real_->set_service(key, target);
  }
  Result<void> set_quic_server(const QuicServer& server, BackendId id) override {
    return real_->set_quic_server(server, id);
  }
  Result<void> remove_quic_server(const QuicServer& server) override {
    return real_->remove_quic_server(server);
  }
  Result<void> set_quic_id_bytes(PoolIndex pool, uint32_t bytes) override {
    return real_->set_quic_id_bytes(pool, bytes);
  }
  Result<void> remove_service(const ServiceKey& key) override { return real_->remove_service(key); }
  Result<void> remove_pool(PoolIndex pool) override { return real_->remove_pool(pool); }
  void clear_settling(PoolIndex pool) override { real_->clear_settling(pool); }
  void sweep_pins() override { real_->sweep_pins(); }
  void sweep_flows() override { real_->sweep_flows(); }
  std::vector<Bucket> live_buckets(PoolIndex pool) const override {
    return real_->live_buckets(pool);
  }
  TableFlags live_flags(PoolIndex pool) const override { return real_->live_flags(pool); }
  std::set<ServiceKey> live_services() const override { return real_->live_services(); }
  std::set<BackendId> live_backends() const override { return real_->live_backends(); }
  std::set<QuicServer> live_quic_servers() const override { return real_->live_quic_servers(); }
  std::set<Address> live_neighbours() const override { return real_->live_neighbours(); }
  TableMemory table_memory() const override { return real_->table_memory(); }
  std::vector<PortStatus> ports() const override { return real_->ports(); }
  Result<std::unique_ptr<LiveTables>> live_tables() const override { return real_->live_tables(); }

 private:
  std::unique_ptr<RouterDataplane> real_;
  Milliseconds grace_{};
};

class ScratchRouter {
 public:
  // Moves the calling thread into the private network. Needs root.
  static Result<std::unique_ptr<ScratchRouter>> open();
  ~ScratchRouter();
  ScratchRouter(const ScratchRouter&) = delete;
  ScratchRouter& operator=(const ScratchRouter&) = delete;

  [[nodiscard]] TimedDataplane& dataplane() { return *dataplane_; }
  [[nodiscard]] std::filesystem::path store_path() const { return directory_ / "generations.db"; }

 private:
  explicit ScratchRouter(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path directory_;
  std::unique_ptr<TimedDataplane> dataplane_;
};

}  // namespace ricochet::bench

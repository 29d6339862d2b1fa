// SPDX-License-Identifier: Apache-2.0
//
// The router's programs, maps and links. Everything is pinned under a directory of bpffs, so that
// the data plane forwards while no daemon runs; open() adopts what an earlier daemon left.
// Not thread-safe: the controller is the single writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dataplane/xdp_link.h"
#include "model/service_key.h"
#include "placement/bucket.h"
#include "util/result.h"

namespace ricochet {

struct RouterOptions {
  std::vector<std::string> ports;          // interface names; the index is the paper's <port>
  std::vector<std::string> backend_ports;  // of these, where only backends are attached
  std::filesystem::path state_dir;
  uint64_t seed = 0;
  uint32_t bucket_capacity = 1 << 21;  // of all pools together, 8 bytes each; twice what is in use
                                       // must fit while a change is published
};

struct PortStatus {
  std::string name;
  uint32_t ifindex = 0;
  bool native = false;  // XDP in the driver; else in the generic path, slower
};

// Where packets go next.
struct NextHop {
  uint16_t port = 0;  // index into RouterOptions::ports
  MacAddress mac;

  bool operator==(const NextHop&) const = default;
};

struct BackendEntry {
  std::optional<Ipv4Address> address;  // none: connected
  std::optional<NextHop> nexthop;      // none: the slot is not live; not looked at for connected
  bool has_agent = true;               // its marks are believed

  bool operator==(const BackendEntry&) const = default;
};

// Of the tables of all pools together; a bucket is 8 bytes.
struct TableMemory {
  uint32_t used_buckets = 0;
  uint32_t capacity_buckets = 0;
};

// What the packets to a pool need to know of its tables.
struct TableFlags {
  MarkMode mark = MarkMode::dscp;
  bool history = true;  // false: plain ECMP, marks are neither looked at nor touched

  bool operator==(const TableFlags&) const = default;
};

class RouterDataplane {
 public:
  // Loads and attaches, or adopts compatible pins. On error nothing new is attached.
  static Result<std::unique_ptr<RouterDataplane>> open(const RouterOptions& options);
  virtual ~RouterDataplane() = default;

  // Adds or replaces a backend slot; takes effect at once.
  virtual Result<void> set_backend(BackendId id, const BackendEntry& entry) = 0;
  virtual Result<void> remove_backend(BackendId id) = 0;

  // For connected routes, and for believing marks. Takes effect at once.
  virtual Result<void> set_neighbour(Ipv4Address address, const NextHop& nexthop) = 0;
  virtual Result<void> remove_neighbour(Ipv4Address address) = 0;

  virtual Result<void> set_service(const ServiceKey& key, PoolIndex pool) = 0;
  virtual Result<void> remove_service(const ServiceKey& key) = 0;

  // Writes the buckets to a free region, flips the pool's word (with the settling flag), waits
  // until no packet reads the old region, and frees that. buckets.size() is a power of two.
  virtual Result<void> publish(PoolIndex pool, std::span<const Bucket> buckets,
                               TableFlags flags) = 0;
  // The pool's word back to empty, its region freed. After its services are gone.
  virtual Result<void> remove_pool(PoolIndex pool) = 0;
  // Ends the settling of a pool: from now on past the last owner means final.
  virtual void clear_settling(PoolIndex pool) = 0;

  // What the live maps hold, for adoption and for /tables.
  [[nodiscard]] virtual std::vector<Bucket> live_buckets(PoolIndex pool) const = 0;
  [[nodiscard]] virtual TableFlags live_flags(PoolIndex pool) const = 0;
  [[nodiscard]] virtual std::set<ServiceKey> live_services() const = 0;
  [[nodiscard]] virtual std::set<BackendId> live_backends() const = 0;
  [[nodiscard]] virtual std::set<Ipv4Address> live_neighbours() const = 0;
  [[nodiscard]] virtual TableMemory table_memory() const = 0;
  [[nodiscard]] virtual std::vector<PortStatus> ports() const = 0;
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The router's programs, maps and links. Everything is pinned under a directory of bpffs, so that
// the data plane forwards while no daemon runs; the next one adopts what an earlier one left.
// Not thread-safe: the controller is the single writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "abi/ricochet.h"
#include "dataplane/interface.h"
#include "dataplane/live_tables.h"
#include "model/configuration.h"
#include "placement/bucket.h"
#include "util/result.h"

namespace ricochet {

inline constexpr uint32_t kPinSetsOfMib = (1u << 20) / sizeof(rch_word_set);

struct RouterOptions {
  std::vector<std::string> ports;          // interface names; the index is the paper's <port>
  std::vector<std::string> backend_ports;  // of these, where only backends are attached
  std::filesystem::path state_dir;
  uint64_t seed = 0;
  // Of the tables of all pools together; twice what is in use must fit while a change is published.
  uint32_t table_memory_mib = 32;
  uint32_t pin_memory_mib = 8;   // 0: without pins
  uint32_t flow_memory_mib = 8;  // 0: no flow of UDP is kept
  // The bits of a client's address that Affinity::source_prefix looks at.
  uint32_t source_prefix_ipv4_bits = 24;
  uint32_t source_prefix_ipv6_bits = 56;
  bool answer_echo = true;      // to addresses that have services by port
  bool forward_by_fib = false;  // what is to no service, by the kernel's routes
  bool allow_loss = false;      // counters whose layout is another version's begin at 0

  // In buckets. The first of them is nobody's.
  [[nodiscard]] constexpr uint32_t bucket_capacity() const {
    return table_memory_mib * ((1u << 20) / sizeof(Bucket));
  }
  [[nodiscard]] constexpr uint32_t pin_sets() const { return pin_memory_mib * kPinSetsOfMib; }
  [[nodiscard]] constexpr uint32_t flow_sets() const { return flow_memory_mib * kPinSetsOfMib; }
};

inline constexpr uint32_t kTableMemoryMaxMib = 1u << 14;
inline constexpr uint32_t kPinMemoryMaxMib = RCH_PIN_SETS_MAX / kPinSetsOfMib;

struct PortStatus {
  std::string name;      // as --ports has it
  uint32_t ifindex = 0;  // 0: the interface is not there
  bool native = false;   // XDP in the driver; else in the generic path, slower
};

// Ports by their index. No interface: it is not there.
using PortInterfaces = std::map<size_t, std::optional<Interface>>;
using PortFailures = std::map<size_t, Error>;

struct BackendEntry {
  std::optional<Address> address;  // none: connected
  std::optional<NextHop> nexthop;  // none: the slot is not live; not looked at for connected
  bool has_agent = true;           // its marks are believed

  bool operator==(const BackendEntry&) const = default;
};

// What a service leads to.
struct ServiceTarget {
  PoolIndex pool = 0;
  ServiceOptions options;

  bool operator==(const ServiceTarget&) const = default;
};

// The ID by which a QUIC connection names a backend of the pool, as one number.
struct QuicServer {
  PoolIndex pool = 0;
  uint64_t id = 0;

  auto operator<=>(const QuicServer&) const = default;
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
  // Loads the program and attaches nothing: what runs goes on. The tables are those of the running
  // program, where their layout is what this version and these options want; else new and empty,
  // and nobody reads them before attach(). A port that is not there is waited for. An error where
  // a port has another program, or counters would be lost, unless allow_loss.
  static Result<std::unique_ptr<RouterDataplane>> open(const RouterOptions& options);
  virtual ~RouterDataplane() = default;

  // After the tables are filled: the program runs on all ports from now on, in the place of an
  // earlier one without a gap, and is pinned. A port whose interface went away since is waited for.
  // On error nothing new is attached or pinned.
  virtual Result<void> attach() = 0;

  // The interfaces of these ports came, went, or became others: another ifindex, MAC address or
  // name. After attach() the program is attached there. Next hops through them are those of before:
  // set all backends and neighbours of these ports again. Without its interface they are not live.
  // Returns ports, also others, that cannot be had as things are: they are not there until they are
  // set again. An interface that went away meanwhile is not there either, which is no failure.
  [[nodiscard]] virtual PortFailures set_ports(const PortInterfaces& ports) = 0;

  // Adds or replaces a backend slot; takes effect at once.
  virtual Result<void> set_backend(BackendId id, const BackendEntry& entry) = 0;
  virtual Result<void> remove_backend(BackendId id) = 0;

  // For connected routes, and for believing marks. Takes effect at once.
  virtual Result<void> set_neighbour(Address address, const NextHop& nexthop) = 0;
  virtual Result<void> remove_neighbour(Address address) = 0;

  virtual Result<void> set_service(const ServiceKey& key, const ServiceTarget& target) = 0;
  virtual Result<void> remove_service(const ServiceKey& key) = 0;

  // For services with the option quic. Takes effect at once.
  virtual Result<void> set_quic_server(const QuicServer& server, BackendId id) = 0;
  virtual Result<void> remove_quic_server(const QuicServer& server) = 0;
  // How many octets the IDs of the pool's backends have; 0: nobody is named.
  virtual Result<void> set_quic_id_bytes(PoolIndex pool, uint32_t bytes) = 0;

  // Writes the buckets to a free region, flips the pool's word (with the settling flag), waits
  // until no packet reads the old region, and frees that. buckets.size() is a power of two.
  virtual Result<void> publish(PoolIndex pool, std::span<const Bucket> buckets,
                               TableFlags flags) = 0;
  // The pool's word back to empty, its region freed. After its services are gone.
  virtual Result<void> remove_pool(PoolIndex pool) = 0;
  // Ends the settling of a pool: from now on past the last owner means final.
  virtual void clear_settling(PoolIndex pool) = 0;

  // Pins that nobody used for kPinSweeps calls are forgotten, and buckets without a pin cost
  // nothing again.
  virtual void sweep_pins() = 0;
  // The same of the flows that are kept.
  virtual void sweep_flows() = 0;

  // What the live maps hold, for adoption and for /tables.
  [[nodiscard]] virtual std::vector<Bucket> live_buckets(PoolIndex pool) const = 0;
  [[nodiscard]] virtual TableFlags live_flags(PoolIndex pool) const = 0;
  [[nodiscard]] virtual std::set<ServiceKey> live_services() const = 0;
  [[nodiscard]] virtual std::set<BackendId> live_backends() const = 0;
  [[nodiscard]] virtual std::set<QuicServer> live_quic_servers() const = 0;
  [[nodiscard]] virtual std::set<Address> live_neighbours() const = 0;
  [[nodiscard]] virtual TableMemory table_memory() const = 0;
  [[nodiscard]] virtual std::vector<PortStatus> ports() const = 0;
  // What the program sees, after attach(). To be called, and the tables read, on any thread; this
  // outlives them.
  [[nodiscard]] virtual Result<std::unique_ptr<LiveTables>> live_tables() const = 0;
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What a router's program sees: its maps, read without changing anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "abi/ricochet.h"
#include "model/service_key.h"
#include "net/prefix.h"
#include "util/result.h"

struct router_bpf;

namespace ricochet {

struct PrefixMatch {
  Prefix prefix;
  rch_service service = 0;
};

// Values are those of abi/ricochet.h, addresses in them in network order. What is not there is
// nothing, or zero where the program takes it for zero.
class LiveTables {
 public:
  // program: loaded, the one that the links of this state directory hold; it outlives the tables.
  // An error if it hangs on no interface. The kernel lets nobody without CAP_SYS_ADMIN look for the
  // program of a link, and a daemon gives that up.
  static Result<std::unique_ptr<LiveTables>> open(const std::filesystem::path& state_dir,
                                                  const router_bpf& program);
  virtual ~LiveTables() = default;

  [[nodiscard]] virtual uint64_t flow_seed() const = 0;
  // The bits that RCH_AFFINITY_SOURCE_PREFIX looks at; of IPv4 in the last word.
  [[nodiscard]] virtual rch_address source_mask(bool ipv4) const = 0;
  [[nodiscard]] virtual bool forwards_by_fib() const = 0;
  // Of a whole address, with exactly this port and protocol.
  [[nodiscard]] virtual std::optional<rch_service> service(const ServiceKey& key) const = 0;
  // The longest one around the address.
  [[nodiscard]] virtual std::optional<PrefixMatch> prefix(Address address) const = 0;
  [[nodiscard]] virtual uint64_t pool_word(rch_pool_index pool) const = 0;
  // index: in the array of all pools.
  [[nodiscard]] virtual rch_bucket bucket(uint32_t index) const = 0;
  // Of this flow; 0: none.
  [[nodiscard]] virtual uint64_t pin(uint64_t flow_hash) const = 0;
  // The same, where a flow of UDP is kept; nothing: no flow is.
  [[nodiscard]] virtual std::optional<uint64_t> kept_flow(uint64_t flow_hash) const = 0;
  [[nodiscard]] virtual rch_backend backend(uint16_t slot) const = 0;
  [[nodiscard]] virtual std::optional<rch_nexthop> neighbour(Address address) const = 0;
  // Whether the interface is there and packets may leave through it.
  [[nodiscard]] virtual bool is_port(uint32_t ifindex) const = 0;
  // By the interface's link; "if7" for one without.
  [[nodiscard]] virtual std::string interface_name(uint32_t ifindex) const = 0;
};

}  // namespace ricochet

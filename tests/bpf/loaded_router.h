// SPDX-License-Identifier: Apache-2.0
// The router program, loaded anew, and its maps in the terms of the design.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "abi/ricochet.h"
#include "outcome.h"
#include "packet_builder.h"
#include "tap_reader.h"

struct router_bpf;

namespace ricochet::test {

struct RouterOptions {
  uint64_t flow_seed = 0;
  uint32_t buckets = 64;
  uint32_t pin_sets = 0;
  uint32_t flow_sets = 0;
  // What of an address RCH_AFFINITY_SOURCE_PREFIX looks at, bits from the left.
  uint32_t source_bits = 32;
  uint32_t source_bits6 = 128;
  bool answer_echo = true;
  bool forward_by_fib = false;
};

using Owners = std::array<uint16_t, RCH_OWNERS>;

// Addresses and ports are in host order. Refused by the kernel: std::system_error.
class LoadedRouter {
 public:
  explicit LoadedRouter(const RouterOptions& options = {});
  ~LoadedRouter();
  LoadedRouter(const LoadedRouter&) = delete;
  LoadedRouter& operator=(const LoadedRouter&) = delete;

  // Port and protocol 0: any. Options: enum rch_affinity | enum rch_service_option.
  void add_service(Endpoint service, uint8_t protocol, rch_pool_index pool, uint32_t options = 0);
  void add_prefix(IpAddress address, uint32_t length, rch_pool_index pool, uint32_t options = 0);
  void set_pool(rch_pool_index pool, uint32_t offset, uint32_t mask, uint32_t flags = 0);
  void set_bucket(uint32_t index, const Owners& owners, bool pinned = false);
  // As the program has set it.
  [[nodiscard]] bool is_pinned(uint32_t bucket) const;
  [[nodiscard]] rch_word_set pin_set(uint32_t index) const;
  void set_pin_set(uint32_t index, const rch_word_set& pins);
  // Flows of UDP that are kept.
  [[nodiscard]] rch_word_set flow_set(uint32_t index) const;
  void set_flow_set(uint32_t index, const rch_word_set& flows);
  // How long the server's ID is in the connection IDs of a pool; 0: they have none.
  void set_quic_id_bytes(rch_pool_index pool, uint32_t bytes);
  void add_quic_server(rch_pool_index pool, uint64_t id, uint32_t slot);
  void set_backend(uint32_t slot, const rch_backend& backend);
  void add_neighbour(IpAddress address, const rch_nexthop& nexthop);
  // Who may send marks.
  void trust(const Mac& mac);
  void declare_backends_only(uint32_t ifindex);
  void add_port(uint32_t ifindex);
  void remove_port(uint32_t ifindex);
  void set_port_mac(uint32_t ifindex, const Mac& mac);

  Outcome send(const Packet& packet, uint32_t ingress_ifindex);

  [[nodiscard]] int program_fd() const;
  [[nodiscard]] const router_bpf& skeleton() const { return *router_; }
  TapReader& tap() { return *tap_; }

 private:
  std::map<uint32_t, Traffic> read_traffic() const;

  router_bpf* router_;
  std::unique_ptr<TapReader> tap_;
  std::map<uint32_t, Traffic> traffic_;  // at the end of the last send, of each backend that is set
  std::map<std::string, uint64_t> counters_;
};

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
//
// The router with what not every configuration uses: IPv6, VLAN tags, fragments, affinity, kept
// flows, QUIC, the kernel's routes, replies to echo. With history, as router/l2/history.
#pragma once

#include <memory>

#include "packet_case.h"
#include "test_run.h"
#include "util/result.h"

struct router_bpf;

namespace ricochet::bench {

class OptionBench {
 public:
  static Result<OptionBench> load(TestRun& harness);

  // "router/l2/ipv6", "router/l2/vlan": a client's segment of TCP.
  [[nodiscard]] PacketCase ipv6_packet(uint32_t flows) const;
  [[nodiscard]] PacketCase tagged_packet(uint32_t flows) const;
  // "router/l2/fragment": the first one of a packet, noted for the others, each time anew.
  [[nodiscard]] PacketCase first_fragment(uint32_t flows) const;
  // "router/l2/udp": a datagram to a service without options; with affinity `source`: "affinity".
  [[nodiscard]] PacketCase datagram(uint32_t flows) const;
  [[nodiscard]] PacketCase datagram_by_source(uint32_t flows) const;
  // "router/l2/kept": every flow is kept already, at the previous owner of its bucket.
  [[nodiscard]] PacketCase kept_datagram(uint32_t flows) const;
  // "router/l2/quic": a short header whose connection ID names the last backend.
  [[nodiscard]] PacketCase quic_datagram(uint32_t flows) const;
  // "router/fib": to no service, along a route of the kernel.
  [[nodiscard]] PacketCase routed_packet(uint32_t flows) const;
  // "router/echo": a request to the service address, answered.
  [[nodiscard]] PacketCase echo_request(uint32_t flows) const;

 private:
  struct Destroy {
    void operator()(router_bpf* object) const;
  };

  explicit OptionBench(router_bpf* object) : object_(object) {}
  Result<void> fill_services();
  Result<void> fill_flows();
  Result<void> fill_quic();
  Result<void> fill_route();
  [[nodiscard]] PacketCase make_case(const char* name, uint32_t flows, const Frame& frame) const;
  // The case counts under this verdict, which is not `forward`.
  void count_verdict(PacketCase& packet_case, uint32_t verdict) const;

  std::unique_ptr<router_bpf, Destroy> object_;
  uint32_t slot_ = 0;
};

}  // namespace ricochet::bench

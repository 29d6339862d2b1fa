// SPDX-License-Identifier: Apache-2.0
//
// The router program with one service of a port and one of the other ports of the same address, a
// pool of 16 backends and 65,536 buckets.
#pragma once

#include <memory>

#include "packet_case.h"
#include "test_run.h"
#include "util/result.h"

struct router_bpf;

namespace ricochet::bench {

class RouterBench {
 public:
  enum class Kind {
    no_history,  // the pool does not look at marks, and its buckets remember nobody
    history,
    pinned,  // with history, and every flow has a pin to the previous owner of its bucket
  };

  static Result<RouterBench> load(Kind kind, TestRun& harness);

  // "router/l2/no-history", "router/l2/history", "router/l2/pinned": a client's packet.
  [[nodiscard]] PacketCase client_packet(uint32_t flows) const;
  // "router/l2/any-port": the same to the service of the other ports, which is looked up second.
  [[nodiscard]] PacketCase any_port_packet(uint32_t flows) const;
  // "router/l2/pin-miss": the same in a bucket with pins of other flows.
  [[nodiscard]] PacketCase unpinned_packet(uint32_t flows) const;
  // "router/l2/bounced": came back from owner[0], goes on to owner[1].
  [[nodiscard]] PacketCase bounced_packet(uint32_t flows) const;

 private:
  struct Destroy {
    void operator()(router_bpf* object) const;
  };

  explicit RouterBench(router_bpf* object, Kind kind) : object_(object), kind_(kind) {}
  Result<void> fill_maps();
  Result<void> fill_pins();

  std::unique_ptr<router_bpf, Destroy> object_;
  Kind kind_;
  uint32_t slot_ = 0;
};

}  // namespace ricochet::bench

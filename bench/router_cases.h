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
  // history: whether the pool looks at marks and its buckets remember previous owners.
  static Result<RouterBench> load(bool history, TestRun& harness);

  // "router/l2/no-history" or "router/l2/history": a client's packet.
  [[nodiscard]] PacketCase client_packet(uint32_t flows) const;
  // "router/l2/any-port": the same to the service of the other ports, which is looked up second.
  [[nodiscard]] PacketCase any_port_packet(uint32_t flows) const;
  // "router/l2/bounced": came back from owner[0], goes on to owner[1].
  [[nodiscard]] PacketCase bounced_packet(uint32_t flows) const;

 private:
  struct Destroy {
    void operator()(router_bpf* object) const;
  };

  explicit RouterBench(router_bpf* object, bool history) : object_(object), history_(history) {}
  Result<void> fill_maps();

  std::unique_ptr<router_bpf, Destroy> object_;
  bool history_;
  uint32_t slot_ = 0;
};

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
//
// The agent program, and the sockets among which it looks for a packet's owner.
#pragma once

#include <memory>
#include <vector>

#include "packet_case.h"
#include "test_run.h"
#include "util/fd.h"
#include "util/result.h"

struct agent_bpf;

namespace ricochet::bench {

class AgentBench {
 public:
  // Makes its sockets in the network namespace of the caller.
  static Result<AgentBench> load(TestRun& harness);

  // "agent/established": a socket here has the connection.
  [[nodiscard]] PacketCase established(uint32_t flows) const;
  // "agent/syn": a new connection, for a listener.
  [[nodiscard]] PacketCase syn(uint32_t flows) const;
  // "agent/listener": of a connection that is not here; its port has a listener.
  [[nodiscard]] PacketCase listener_only(uint32_t flows) const;
  // "agent/bounce": of a connection that is not here, to a port without any socket.
  [[nodiscard]] PacketCase no_socket(uint32_t flows) const;

 private:
  struct Destroy {
    void operator()(agent_bpf* object) const;
  };

  explicit AgentBench(agent_bpf* object) : object_(object) {}
  Result<void> make_sockets();
  // A packet that the agent takes, respectively bounces; counter is an enum rch_agent_counter.
  [[nodiscard]] PacketCase taken(uint32_t flows, const Frame& frame, uint32_t counter) const;
  [[nodiscard]] PacketCase bounced(uint32_t flows, const Frame& frame) const;
  [[nodiscard]] PacketCase make_case(uint32_t flows, const Frame& frame, uint32_t counter) const;

  std::unique_ptr<agent_bpf, Destroy> object_;
  uint32_t slot_ = 0;
  uint64_t open_file_limit_ = 0;
  Fd listener_;
  std::vector<Fd> connections_;
};

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
// The agent program, loaded anew, and its maps in the terms of the design.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "outcome.h"
#include "packet_builder.h"
#include "tap_reader.h"

struct agent_bpf;

namespace ricochet::test {

struct AgentOptions {
  bool mark_ecmp_er = false;
  uint64_t bounces_per_second = 100'000;
  uint64_t bounce_burst = 10'000;
};

// As the program keeps it, one a CPU.
struct BounceBudget {
  uint64_t bounces = 0;
  uint64_t refilled_ns = 0;  // CLOCK_MONOTONIC_COARSE
};

class LoadedAgent {
 public:
  explicit LoadedAgent(const AgentOptions& options = {});
  ~LoadedAgent();
  LoadedAgent(const LoadedAgent&) = delete;
  LoadedAgent& operator=(const LoadedAgent&) = delete;

  void guard(IpAddress address);
  // Of each CPU.
  void set_budget(const BounceBudget& budget);
  [[nodiscard]] BounceBudget budget(int cpu) const;

  Outcome send(const Packet& packet, uint32_t ingress_ifindex);
  [[nodiscard]] int program_fd() const;
  [[nodiscard]] const agent_bpf& skeleton() const { return *agent_; }
  // Of all frames so far, by name.
  [[nodiscard]] std::map<std::string, uint64_t> counters() const;
  TapReader& tap() { return *tap_; }

 private:
  agent_bpf* agent_;
  std::unique_ptr<TapReader> tap_;
  std::map<std::string, uint64_t> counters_;  // at the end of the last send
};

}  // namespace ricochet::test

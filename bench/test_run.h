// SPDX-License-Identifier: Apache-2.0
//
// Runs programs under the harness (harness.bpf.c) by BPF_PROG_TEST_RUN and checks what they did.
#pragma once

#include <cstdint>
#include <memory>

#include "packet_case.h"
#include "util/result.h"

struct harness_bpf;

namespace ricochet::bench {

class TestRun {
 public:
  static Result<TestRun> load();

  // Makes a loaded XDP program callable; returns its slot.
  Result<uint32_t> add_program(int program_fd);
  // The floor that this program provides, with F flows.
  [[nodiscard]] PacketCase floor_l2(uint32_t flows) const;

  // One segment: CPU time for each packet in ns, the harness included. An error if the last packet
  // is not what the case expects or not every packet was counted.
  Result<double> run(const PacketCase& packet_case, uint32_t packets);
  // The same with a program that does nothing: what the harness costs.
  Result<double> run_idle(uint32_t packets);

 private:
  struct Destroy {
    void operator()(harness_bpf* object) const;
  };
  struct LastPacket;

  explicit TestRun(harness_bpf* object) : object_(object) {}
  Result<double> repeat(uint32_t packets, LastPacket& last);
  Result<void> check(const PacketCase& packet_case, const LastPacket& last) const;

  std::unique_ptr<harness_bpf, Destroy> object_;
  uint32_t next_slot_ = BENCH_SLOT_FIRST_FREE;
};

}  // namespace ricochet::bench

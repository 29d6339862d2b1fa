// SPDX-License-Identifier: Apache-2.0
//
// One thing to measure: a program, the packets it gets, and what must become of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "frame.h"

namespace ricochet::bench {

struct PacketCase {
  std::string name = {};  // "router/l2/history"
  uint32_t flows = 1;     // packets come from these, at random
  uint32_t slot = 0;      // of the program, in the harness
  bench_layout layout = BENCH_IPV4;
  Frame frame{};   // as it arrives, of flow 0
  int action = 0;  // enum xdp_action that the program must return
  // The frame as the program must leave it.
  std::function<Frame(uint32_t flow)> expected = {};
  // How many packets the program has counted, since its load, under the verdict of this case.
  // Empty: the program counts nothing.
  std::function<uint64_t()> counted = {};
  // Why this machine cannot measure it, for a person; empty if it can.
  std::string obstacle = {};
};

inline constexpr uint32_t kFlowCounts[] = {1, 10'000, 1'000'000};

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
//
// The agent's program, maps and link on a server. Pinned, so that it guards while no daemon runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "model/choices.h"
#include "net/address.h"
#include "util/result.h"

namespace ricochet {

struct AgentOptions {
  std::string interface;  // where packets from the router arrive
  std::filesystem::path state_dir;
  MarkMode mark = MarkMode::dscp;
  uint64_t bounce_rate_per_second = 100000;  // each CPU's budget; a tenth of it at once
  bool allow_loss = false;  // counters whose layout is another version's begin at 0
};

class AgentDataplane {
 public:
  // Loads the program and attaches nothing: what runs goes on. The guarded addresses are those of
  // the running program, where the layout is this version's; else none, and nobody reads them
  // before attach(). An error where counters would be lost, unless allow_loss.
  static Result<std::unique_ptr<AgentDataplane>> open(const AgentOptions& options);
  virtual ~AgentDataplane() = default;

  // The service addresses whose packets are judged, of IPv4; all others pass untouched.
  // May be called at any time.
  virtual Result<void> guard(const std::set<Address>& addresses) = 0;

  // After the first guard(): the program runs from now on, in the place of an earlier one without a
  // gap, and is pinned. On error nothing new is attached or pinned.
  virtual Result<void> attach() = 0;
};

}  // namespace ricochet

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
#include "net/ipv4.h"
#include "util/result.h"

namespace ricochet {

struct AgentOptions {
  std::string interface;  // where packets from the router arrive
  std::filesystem::path state_dir;
  MarkMode mark = MarkMode::dscp;
  uint64_t bounce_rate_per_second = 100000;  // each CPU's budget; a tenth of it at once
};

class AgentDataplane {
 public:
  // Loads and attaches, or adopts compatible pins.
  static Result<std::unique_ptr<AgentDataplane>> open(const AgentOptions& options);
  virtual ~AgentDataplane() = default;

  // The service addresses whose packets are judged; all others pass untouched.
  virtual Result<void> guard(const std::set<Ipv4Address>& addresses) = 0;
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 8: what an agent does with a packet (DESIGN 2.3).
#pragma once

#include <set>

#include "abi/ricochet.h"
#include "action.h"
#include "mark.h"
#include "server_sockets.h"

namespace ricochet::reference {

struct AgentState {
  MarkMode mark_mode = MarkMode::dscp;
  std::set<Address> guarded;  // the service addresses of the server
  ServerSockets sockets;
  uint64_t bounces_left = 0;
  std::set<FragmentKey> bounced;  // packets whose first fragment was bounced
};

struct AgentDecision {
  Action action = Action::pass;
  rch_agent_counter verdict = RCH_AGENT_BOUNCE;  // a bounce takes one of those that are left
  bool bounce_unfit = false;                     // an event beside the verdict
  Bytes frame;                                   // as the program leaves it
  // Of a first fragment: whether its later ones are to be bounced from now on.
  std::optional<bool> noted{};
};

AgentDecision guard(const AgentState& state, const Bytes& frame);

}  // namespace ricochet::reference

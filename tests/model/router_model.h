// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 6: what a router does with a packet (DESIGN 2.2).
#pragma once

#include "action.h"
#include "pins.h"
#include "router_tables.h"

namespace ricochet::reference {

struct RouterDecision {
  Action action = Action::drop;
  rch_router_counter verdict = RCH_ROUTER_FORWARD;
  bool mark_cleared = false;  // an event beside the verdict
  Bytes frame;                // as it leaves; as it came if it does not
  // If it leaves:
  uint32_t egress_ifindex = 0;  // 0: it does not
  Slot backend = kNobody;       // whose traffic it is
  uint64_t counted_bytes = 0;   // as that backend's traffic
  // What is remembered from now on, whether it leaves or not.
  std::optional<std::pair<FragmentKey, FragmentNote>> noted{};
  PinChanges pins{};
  KeptChanges kept{};
};

// The most specific service that the flow is to. Null if it is to none.
const Rules* find_rules(const RouterTables& tables, const Flow& flow);

RouterDecision route(const RouterTables& tables, const Bytes& frame, uint32_t ingress_ifindex);

}  // namespace ricochet::reference

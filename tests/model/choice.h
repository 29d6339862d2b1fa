// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 11: to which backend of a pool a router sends a packet.
#pragma once

#include "pins.h"
#include "router_tables.h"

namespace ricochet::reference {

// How often the packet was bounced, as far as its sender is believed.
struct Attempt {
  unsigned number = 0;
  bool restart = false;  // a pin led the packet to its sender, who does not have the flow
  bool marked = false;   // the mark it came with is to be replaced or removed
  bool foreign = false;  // that mark is of somebody who is no backend
};

Attempt read_attempt(const RouterTables& tables, const Pool& pool, const Headers& headers);

// To whom, and as what.
struct Choice {
  rch_router_counter verdict;
  Slot backend = kNobody;
  Mark mark = kNoMark;
  // Whether the packet can then leave or not.
  PinChanges pins{};
  KeptChanges kept{};
};

// The pool is that of the rules, or an empty one.
Choice choose(const RouterTables& tables, const Rules& rules, const Pool& pool,
              const Headers& headers, const Bytes& frame, const Attempt& attempt);

}  // namespace ricochet::reference

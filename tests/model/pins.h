// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 9: the pins of flows that were bounced (DESIGN 2.5), and flows of UDP
// that are kept, which are the same. A cache: which of them is lost when there is no room is as
// much a rule as any.
#pragma once

#include "router_tables.h"

namespace ricochet::reference {

// Which of so many sets has the places for a flow's pin.
size_t pin_set_index(uint64_t flow_hash, size_t sets);

// The backend that the flow's pin names, if it is live and still the one that was meant. A pin that
// is used is young again.
Slot recall(const RouterTables& tables, PinSet& set, uint64_t flow_hash);
// Of another flow's pin whether it had to make way.
bool put_pin(PinSet& set, const Pin& pin);
void remove_pins(PinSet& set, uint64_t flow_hash);

// What a packet of UDP changes of the flows that are kept.
struct KeptChanges {
  std::optional<std::pair<size_t, PinSet>> set;  // by its index: what it is from now on
  bool evicted = false;                          // a flow made way for another
};

// What a packet changes, and what is counted of that.
struct PinChanges {
  std::optional<std::pair<size_t, PinSet>> set;        // by its index: what it is from now on
  std::optional<std::pair<PoolIndex, size_t>> bucket;  // of a pool: is a pinned one from now on
  bool missed = false;   // the bucket is pinned, and the flow has no pin that holds
  bool evicted = false;  // a pin made way for another
};

}  // namespace ricochet::reference

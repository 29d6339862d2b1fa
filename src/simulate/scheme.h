// SPDX-License-Identifier: Apache-2.0
//
// The balancers that are compared: Ricochet, and others by the mechanisms that they publish.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/flow_judge.h"
#include "simulate/table_maker.h"

namespace ricochet {

struct SchemeOptions {
  size_t backends = 0;
  uint32_t buckets = 0;             // a power of two; some schemes have fewer
  uint64_t connection_entries = 0;  // of the connection table of `maglev-table`
  uint64_t pin_entries = 0;         // of `history-4-pins`
};

struct Scheme {
  std::unique_ptr<TableMaker> tables;
  uint64_t table_bytes = 0;
  FlowMemory memory = FlowMemory::none;
  uint64_t entries = 0;
  uint64_t entry_bytes = 0;     // key and value
  bool memory_is_lost = false;  // half-way all flows come to another balancer
};

std::vector<std::string> scheme_names();

// What is modelled, a line.
std::string_view describe_scheme(std::string_view name);

// One of scheme_names().
Scheme make_scheme(std::string_view name, const SchemeOptions& options);

}  // namespace ricochet

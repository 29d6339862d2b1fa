// SPDX-License-Identifier: Apache-2.0
//
// A measurement as a table for people and as JSON for programs.
#pragma once

#include <string>

#include "measure.h"
#include "util/result.h"

namespace ricochet::bench {

// Lines of a table, notes on what is missing from it, and the targets.
std::string format_table(const Measurement& measurement);

// {"date", "machine", "kernel", "harness_ns", "rows": [{"group", "case", "flows", "net_ns",
// "floor_ratio", ...}], "targets": [{"name", "limit", "value", "met"}]}. net_ns is the quiet
// median, floor_ratio how many times the floor of this run with as many flows; both null if there
// is none.
std::string format_json(const Measurement& measurement);

}  // namespace ricochet::bench

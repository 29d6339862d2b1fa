// SPDX-License-Identifier: Apache-2.0
//
// The figures of the group `table` for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "table_row.h"

namespace ricochet::bench {

// Lines of a table, and the targets.
std::string format_rows(const std::vector<TableRow>& rows);

// {"date", "machine", "kernel", "rows": [{"group", "case", "ms", "fastest_ms"} or {"group", "case",
// "bytes"}], "targets": [{"name", "limit", "value", "met"}]}. ms is the median.
std::string format_rows_json(const std::vector<TableRow>& rows);

}  // namespace ricochet::bench

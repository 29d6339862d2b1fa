// SPDX-License-Identifier: Apache-2.0
//
// What a change of one backend costs the control plane, group `table`.
#pragma once

#include <string>
#include <vector>

#include "util/result.h"

namespace ricochet::bench {

// One figure; a row of the report.
struct TableRow {
  std::string name;  // "build/maglev/1000"
  double ms = 0;     // median of the runs
};

// "build/maglev/N": from the record to the tables, when one of N backends of a pool of 65,536
// buckets with history goes and comes back.
Result<std::vector<TableRow>> measure_tables(bool quick);

std::string format_rows(const std::vector<TableRow>& rows);
std::string format_rows_json(const std::vector<TableRow>& rows);

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
//
// What a change costs the control plane, group `table`:
//   build/maglev/N    from the record to the tables, when one of N backends of a pool of 65,536
//                     buckets with history goes and comes back
//   publish/maglev/N  the same through the controller, until it is in the log and the packets meet
//                     it, without the grace period; and its parts
//   apply/N           N backends in one pool and N services, by the controller, from nothing
//   apply-file/N      the file of those: YAML to model, to JSON for the API, to model
#pragma once

#include <string>
#include <vector>

#include "table_row.h"
#include "util/result.h"

namespace ricochet::bench {

// The cases whose name begins with `only`. Those that publish need root.
Result<std::vector<TableRow>> measure_tables(const std::string& only, bool quick);

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
//
// The cases of the group `table` that need a whole router: store, controller and data plane.
#pragma once

#include <vector>

#include "table_row.h"
#include "util/result.h"

namespace ricochet::bench {

// publish/maglev/N, with as many services; its parts /fold, /append and /sync, each measured by
// itself, and /snapshot, which some changes make besides; grace/maglev/N, which is in none of them;
// memory/tables/N, of the pool in the data plane.
Result<std::vector<TableRow>> measure_publish(uint32_t backends, uint32_t runs);

// apply/N, and memory/process/N: what the process has in memory then.
Result<std::vector<TableRow>> measure_apply(uint32_t size, uint32_t runs);

}  // namespace ricochet::bench

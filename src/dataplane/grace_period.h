// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/result.h"

namespace ricochet {

// Returns once every run of a BPF program that was under way has ended: what it read may be
// changed now. Takes some milliseconds.
Result<void> wait_for_programs();

// The two ways of it, the first that the kernel offers is taken: membarrier is refused where
// nohz_full is on; an update of a map in a map waits for programs by contract.
Result<void> wait_by_membarrier();
Result<void> wait_by_map_update();

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace ricochet {

// How many neighbours the data plane's map holds; a test compares it with abi/ricochet.h.
inline constexpr size_t kNeighboursMax = 4096;

}  // namespace ricochet

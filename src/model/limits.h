// SPDX-License-Identifier: Apache-2.0
//
// How much one router can hold. The data plane's maps have these sizes; tests/unit/model checks
// that they agree with abi/ricochet.h, which this folder does not see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ricochet {

// Each service has a pool of its own, so this limits the services too.
inline constexpr size_t kPoolsMax = 256;

// Distinct backends of all pools together; `connected` counts as one.
inline constexpr size_t kBackendsMax = 4096;

inline constexpr uint32_t kBucketsMax = 1u << 24;  // of one pool

}  // namespace ricochet

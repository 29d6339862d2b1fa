// SPDX-License-Identifier: Apache-2.0
//
// How much one router can hold. The data plane's maps have these sizes; tests/unit/model checks
// that they agree with abi/ricochet.h, which this folder does not see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ricochet {

inline constexpr size_t kServicesMax = 4096;        // of all kinds
inline constexpr size_t kPrefixServicesMax = 1024;  // of these, by a prefix shorter than an address
inline constexpr size_t kServicePortsMax = 16384;   // ports of all services by port together
inline constexpr size_t kPoolsMax = 256;
inline constexpr size_t kBackendsMax = 4096;    // distinct ones of all pools together
inline constexpr size_t kNeighboursMax = 4096;  // static ones, and as many learned ones
inline constexpr size_t kPoolNameBytesMax = 63;
inline constexpr uint32_t kBucketsMax = 1u << 24;  // of one pool
inline constexpr uint32_t kWeightMax = 256;
inline constexpr uint32_t kHistoryDepthMax = 4;  // owners that a bucket can remember
inline constexpr size_t kQuicIdsMax = 4096;      // of all pools together, each pool by itself
inline constexpr size_t kQuicIdBytesMax = 8;     // octets of one

}  // namespace ricochet

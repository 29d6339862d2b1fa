// SPDX-License-Identifier: Apache-2.0
//
// The pool of the router's cases: 16 backends, 65,536 buckets, and who owns which.
#pragma once

#include <cstdint>

#include "abi/ricochet.h"
#include "frame.h"
#include "util/result.h"

struct router_bpf;

namespace ricochet::bench {

inline constexpr uint32_t kBackends = 16;  // slots 1..16
inline constexpr uint32_t kBuckets = 1 << 16;
inline constexpr uint32_t kTableOffset = kBuckets;
inline constexpr uint32_t kPool = 1;
inline constexpr uint64_t kSeed = 0x14057b7ef767814f;  // with it no flow finds its set of pins full
// Only compared with the ingress interface: another one, so that the packet is redirected.
inline constexpr uint32_t kEgressIfindex = 1000;

Mac backend_mac(uint32_t id);
// Neighbouring buckets have different owners, and the four owners of a bucket differ.
uint16_t owner_of(uint32_t bucket, uint32_t attempt);
uint32_t bucket_of(uint64_t flow_hash);

// Of the maps of a loaded router: table, backends, the way out, and the pool's word.
Result<void> fill_pool(router_bpf& router, uint32_t owners, uint32_t pool_flags, bool pinned);

// What the router makes of a frame of IPv4 that it sends to this backend.
Frame sent_to(Frame frame, uint32_t flow, uint32_t backend);

// To all backends together.
uint64_t packets_sent(const router_bpf& router);

}  // namespace ricochet::bench

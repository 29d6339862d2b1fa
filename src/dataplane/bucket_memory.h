// SPDX-License-Identifier: Apache-2.0
//
// The tables of all pools: one mapped array of buckets, and one mapped word a pool that says which
// part of it is the pool's table (DESIGN 2.6). The only place where tables change under traffic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abi/ricochet.h"
#include "dataplane/pin_table.h"
#include "dataplane/region_allocator.h"
#include "dataplane/router.h"
#include "placement/bucket.h"
#include "util/result.h"

namespace ricochet {

class BucketMemory {
 public:
  // Maps both maps and takes over the tables that they hold. The descriptors stay the caller's.
  static Result<BucketMemory> map(int pools_fd, int buckets_fd, uint32_t bucket_capacity);
  BucketMemory(BucketMemory&& other) noexcept;
  BucketMemory& operator=(BucketMemory&&) = delete;
  ~BucketMemory();

  // Writes the table to free memory, flips the pool's word (with `flags`), waits until no packet
  // reads the old table, and frees that. Where no gap is large enough, other tables are moved
  // first, in the same way. On error the old table stays. Buckets in which flows were pinned still
  // are, unless packets of the new table are not marked as pinned.
  Result<void> publish(uint32_t pool, std::span<const Bucket> table, uint32_t flags);
  void clear(uint32_t pool);
  void clear_flag(uint32_t pool, uint32_t flag);
  // For tables that were made anew: where a pin may be, its bucket is pinned.
  void set_pinned(const PinTable& pins);
  // Of all pinned buckets, those into which no pin falls are so no more.
  void keep_pinned(const PinTable& pins);

  [[nodiscard]] std::vector<Bucket> read(uint32_t pool) const;
  [[nodiscard]] uint32_t flags(uint32_t pool) const;  // enum rch_pool_flag
  [[nodiscard]] TableMemory use() const;

 private:
  BucketMemory(uint64_t* words, rch_bucket* buckets, uint32_t capacity);
  [[nodiscard]] std::span<rch_bucket> table_of(uint64_t word) const;
  Result<uint32_t> reserve(uint32_t count);
  Result<void> move(const RegionAllocator::Move& move);
  Result<void> flip(uint32_t pool, uint64_t word);

  uint64_t* words_;
  rch_bucket* buckets_;
  RegionAllocator regions_;
};

}  // namespace ricochet

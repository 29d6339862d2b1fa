// SPDX-License-Identifier: Apache-2.0
#include "dataplane/bucket_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "abi/ricochet.h"
#include "dataplane/grace_period.h"
#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

static_assert(sizeof(Bucket) == sizeof(rch_bucket));
static_assert(kOwners == RCH_OWNERS);

size_t mapped_bytes(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

void* map_array(int fd, size_t bytes) {
  void* memory = ::mmap(nullptr, mapped_bytes(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// The programs read a word once, as one aligned load; this is the other side of it.
std::atomic_ref<uint64_t> shared(uint64_t& word) {
  return std::atomic_ref<uint64_t>(word);
}

void warn_if_kept(const Result<void>& flipped) {
  if (!flipped) spdlog::warn("{}", flipped.error().message);
}

// A pool's word is 0 until its first table: bucket 0, where that word points, is nobody's.
uint32_t table_size(uint64_t word) {
  return word == 0 ? 0 : rch_pool_mask(word) + 1;
}

}  // namespace

Result<BucketMemory> BucketMemory::map(int pools_fd, int buckets_fd, uint32_t bucket_capacity) {
  auto* words = static_cast<uint64_t*>(map_array(pools_fd, RCH_POOLS_MAX * sizeof(uint64_t)));
  auto* buckets =
      static_cast<Bucket*>(map_array(buckets_fd, size_t{bucket_capacity} * sizeof(Bucket)));
  if (words == nullptr || buckets == nullptr) {
    return error("cannot map the tables: {}", std::strerror(errno));
  }
  BucketMemory memory(words, buckets, bucket_capacity);
  for (uint32_t pool = 0; pool < RCH_POOLS_MAX; ++pool) {
    const uint64_t word = shared(words[pool]).load();
    if (word != 0 && !memory.regions_.reserve(rch_pool_offset(word), table_size(word))) {
      return error("the pinned tables are damaged (pool {}): run `ricochet detach --purge`", pool);
    }
  }
  return memory;
}

BucketMemory::BucketMemory(uint64_t* words, Bucket* buckets, uint32_t capacity)
    : words_(words), buckets_(buckets), regions_(capacity) {}

BucketMemory::BucketMemory(BucketMemory&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      buckets_(std::exchange(other.buckets_, nullptr)),
      regions_(std::move(other.regions_)) {}

BucketMemory::~BucketMemory() {
  if (words_ != nullptr) ::munmap(words_, mapped_bytes(RCH_POOLS_MAX * sizeof(uint64_t)));
  if (buckets_ != nullptr) {
    ::munmap(buckets_, mapped_bytes(size_t{regions_.capacity()} * sizeof(Bucket)));
  }
}

Result<void> BucketMemory::publish(uint32_t pool, std::span<const Bucket> table, uint32_t flags) {
  const auto count = static_cast<uint32_t>(table.size());
  const auto offset = reserve(count);
  if (!offset) return offset.error();
  std::ranges::copy(table, buckets_ + *offset);
  warn_if_kept(flip(pool, rch_pool_word(*offset, count - 1, flags)));
  return {};
}

void BucketMemory::clear(uint32_t pool) {
  warn_if_kept(flip(pool, 0));
}

Result<uint32_t> BucketMemory::reserve(uint32_t count) {
  const auto room = regions_.make_room(count);
  if (!room) {
    return error(
        "no room for a table of {} buckets: {} of {} are in use, and a change needs the old and "
        "the new table at once. Allow more table memory, or use fewer buckets or pools",
        count, regions_.used(), regions_.capacity());
  }
  for (const RegionAllocator::Move& step : room->moves) {
    if (auto moved = move(step); !moved) return moved.error();
  }
  regions_.reserve(room->offset, count);
  return room->offset;
}

Result<void> BucketMemory::move(const RegionAllocator::Move& move) {
  for (uint32_t pool = 0; pool < RCH_POOLS_MAX; ++pool) {
    const uint64_t word = shared(words_[pool]).load();
    if (word == 0 || rch_pool_offset(word) != move.from) continue;
    regions_.reserve(move.to, move.count);
    std::copy_n(buckets_ + move.from, move.count, buckets_ + move.to);
    return flip(pool, rch_pool_word(move.to, move.count - 1, rch_pool_flags(word)));
  }
  return error(
      "{} buckets are kept since packets could not be waited for: start again to free them",
      move.count);
}

// An error if the old region cannot be given back, because a packet could still read it.
Result<void> BucketMemory::flip(uint32_t pool, uint64_t word) {
  const uint64_t old = shared(words_[pool]).exchange(word, std::memory_order_seq_cst);
  if (old == 0) return {};
  if (auto waited = wait_for_programs(); !waited) {
    return error("{}; {} buckets stay in use until the next start", waited.error().message,
                 table_size(old));
  }
  regions_.release(rch_pool_offset(old));
  return {};
}

void BucketMemory::clear_flag(uint32_t pool, uint32_t flag) {
  shared(words_[pool]).fetch_and(~(uint64_t{flag} << RCH_POOL_FLAGS_SHIFT));
}

uint32_t BucketMemory::flags(uint32_t pool) const {
  return rch_pool_flags(shared(words_[pool]).load());
}

TableMemory BucketMemory::use() const {
  return {.used_buckets = regions_.used(), .capacity_buckets = regions_.capacity()};
}

std::vector<Bucket> BucketMemory::read(uint32_t pool) const {
  const uint64_t word = shared(words_[pool]).load();
  const Bucket* begin = buckets_ + rch_pool_offset(word);
  return {begin, begin + table_size(word)};
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/bucket_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "dataplane/grace_period.h"
#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

static_assert(kOwners == RCH_OWNERS);
static_assert(RCH_BACKENDS_MAX <= 1u << RCH_OWNER_BITS);

size_t mapped_bytes(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

void* map_array(int fd, size_t bytes) {
  void* memory = ::mmap(nullptr, mapped_bytes(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// The programs read a word once, as one aligned load; this is the other side of it.
template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

void warn_if_kept(const Result<void>& flipped) {
  if (!flipped) spdlog::warn("{}", flipped.error().message);
}

// A pool's word is 0 until its first table: bucket 0, where that word points, is nobody's.
uint32_t table_size(uint64_t word) {
  return word == 0 ? 0 : rch_pool_mask(word) + 1;
}

bool is_pinned(rch_bucket& bucket) {
  return shared(bucket).load(std::memory_order_relaxed) & RCH_BUCKET_PINNED;
}

// A larger table repeats what a smaller one says of a flow, a smaller one joins it.
void carry_pinned(std::span<rch_bucket> from, std::span<rch_bucket> to) {
  if (from.empty() || to.empty()) return;
  for (size_t i = 0; i < std::max(from.size(), to.size()); ++i) {
    rch_bucket& bucket = to[i & (to.size() - 1)];
    if (is_pinned(from[i & (from.size() - 1)])) shared(bucket).fetch_or(RCH_BUCKET_PINNED);
  }
}

// Whether a packet to a pool with these flags can be marked as pinned.
bool knows_pins(uint32_t flags) {
  return (flags & (RCH_POOL_MARK_ECMP_ER | RCH_POOL_NO_HISTORY)) == 0;
}

// The buckets into which pins fall, in tables of any size.
class PinnedBuckets {
 public:
  explicit PinnedBuckets(const PinTable& pins) : hashes_(pins.bucket_hashes()) {}

  const std::vector<bool>& of_size(size_t size) {
    auto& found = of_size_[size];
    if (found.empty()) {
      found.resize(size);
      for (const uint32_t hash : hashes_) found[hash & (size - 1)] = true;
    }
    return found;
  }

 private:
  std::vector<uint32_t> hashes_;
  std::map<size_t, std::vector<bool>> of_size_;
};

}  // namespace

Result<BucketMemory> BucketMemory::map(int pools_fd, int buckets_fd, uint32_t bucket_capacity) {
  auto* words = static_cast<uint64_t*>(map_array(pools_fd, RCH_POOLS_MAX * sizeof(uint64_t)));
  auto* buckets =
      static_cast<rch_bucket*>(map_array(buckets_fd, size_t{bucket_capacity} * sizeof(rch_bucket)));
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

BucketMemory::BucketMemory(uint64_t* words, rch_bucket* buckets, uint32_t capacity)
    : words_(words), buckets_(buckets), regions_(capacity) {}

BucketMemory::BucketMemory(BucketMemory&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      buckets_(std::exchange(other.buckets_, nullptr)),
      regions_(std::move(other.regions_)) {}

BucketMemory::~BucketMemory() {
  if (words_ != nullptr) ::munmap(words_, mapped_bytes(RCH_POOLS_MAX * sizeof(uint64_t)));
  if (buckets_ != nullptr) {
    ::munmap(buckets_, mapped_bytes(size_t{regions_.capacity()} * sizeof(rch_bucket)));
  }
}

Result<void> BucketMemory::publish(uint32_t pool, std::span<const Bucket> table, uint32_t flags) {
  const auto count = static_cast<uint32_t>(table.size());
  const auto offset = reserve(count);
  if (!offset) return offset.error();
  const uint64_t word = rch_pool_word(*offset, count - 1, flags);
  std::ranges::transform(table, table_of(word).begin(),
                         [](const Bucket& bucket) { return rch_bucket_of(bucket.owner.data()); });
  warn_if_kept(flip(pool, word));
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
  const uint64_t old = shared(words_[pool]).load();
  const bool pins = knows_pins(rch_pool_flags(word));
  if (pins) carry_pinned(table_of(old), table_of(word));
  shared(words_[pool]).store(word, std::memory_order_seq_cst);
  if (old == 0) return {};
  if (auto waited = wait_for_programs(); !waited) {
    return error("{}; {} buckets stay in use until the next start", waited.error().message,
                 table_size(old));
  }
  // What the last packets of the old table have pinned.
  if (pins) carry_pinned(table_of(old), table_of(word));
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

void BucketMemory::set_pinned(const PinTable& pins) {
  PinnedBuckets pinned(pins);
  for (uint32_t pool = 0; pool < RCH_POOLS_MAX; ++pool) {
    const uint64_t word = shared(words_[pool]).load();
    const auto table = table_of(word);
    if (table.empty() || !knows_pins(rch_pool_flags(word))) continue;
    const std::vector<bool>& with_pins = pinned.of_size(table.size());
    for (size_t i = 0; i < table.size(); ++i) {
      if (with_pins[i]) shared(table[i]).fetch_or(RCH_BUCKET_PINNED);
    }
  }
}

void BucketMemory::keep_pinned(const PinTable& pins) {
  PinnedBuckets before(pins);
  std::vector<std::pair<std::span<rch_bucket>, size_t>> cleared;
  for (uint32_t pool = 0; pool < RCH_POOLS_MAX; ++pool) {
    const auto table = table_of(shared(words_[pool]).load());
    for (size_t i = 0; i < table.size(); ++i) {
      if (!is_pinned(table[i]) || before.of_size(table.size())[i]) continue;
      shared(table[i]).fetch_and(~RCH_BUCKET_PINNED);
      cleared.emplace_back(table, i);
    }
  }
  // A flow may have been pinned meanwhile: the program writes the pin first, and then the bucket.
  PinnedBuckets after(pins);
  for (const auto& [table, i] : cleared) {
    if (after.of_size(table.size())[i]) shared(table[i]).fetch_or(RCH_BUCKET_PINNED);
  }
}

std::span<rch_bucket> BucketMemory::table_of(uint64_t word) const {
  return {buckets_ + rch_pool_offset(word), table_size(word)};
}

std::vector<Bucket> BucketMemory::read(uint32_t pool) const {
  std::vector<Bucket> table;
  for (const rch_bucket bucket : table_of(shared(words_[pool]).load())) {
    Bucket& read = table.emplace_back();
    for (uint32_t i = 0; i < kOwners; ++i) read.owner[i] = rch_bucket_owner(bucket, i);
  }
  return table;
}

}  // namespace ricochet

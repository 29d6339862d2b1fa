// SPDX-License-Identifier: Apache-2.0
#include "dataplane/pin_table.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ricochet {

static_assert(RCH_BACKENDS_MAX <= 1u << RCH_PIN_SLOT_BITS);

Result<PinTable> PinTable::map(int fd, uint32_t sets) {
  if (sets == 0) return PinTable({});
  const size_t bytes = sets * sizeof(rch_word_set);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return error("cannot map the pins: {}", std::strerror(errno));
  return PinTable({static_cast<rch_word_set*>(memory), sets});
}

PinTable::PinTable(PinTable&& other) noexcept : sets_(std::exchange(other.sets_, {})) {}

PinTable::~PinTable() {
  if (!sets_.empty()) ::munmap(sets_.data(), sets_.size_bytes());
}

void PinTable::sweep() {
  for (rch_word_set& set : sets_) {
    for (__u64& word : set.word) {
      const std::atomic_ref<__u64> pin(word);
      __u64 seen = pin.load(std::memory_order_relaxed);
      if (seen == 0) continue;
      // A word that changed since was used: it is as young as can be.
      const bool expires = rch_pin_age(seen) == RCH_PIN_AGE_MAX;
      pin.compare_exchange_strong(seen, expires ? 0 : seen + 1);
    }
  }
}

std::vector<uint32_t> PinTable::bucket_hashes() const {
  std::vector<uint32_t> hashes;
  for (rch_word_set& set : sets_) {
    for (__u64& word : set.word) {
      const __u64 pin = std::atomic_ref<__u64>(word).load(std::memory_order_relaxed);
      if (pin != 0) hashes.push_back(rch_bucket_hash(pin));
    }
  }
  return hashes;
}

PinUse PinTable::use() const {
  PinUse use{.used = 0, .capacity = static_cast<uint32_t>(sets_.size() * RCH_SET_WORDS)};
  for (rch_word_set& set : sets_) {
    for (__u64& word : set.word) {
      use.used += std::atomic_ref<__u64>(word).load(std::memory_order_relaxed) != 0;
    }
  }
  return use;
}

}  // namespace ricochet

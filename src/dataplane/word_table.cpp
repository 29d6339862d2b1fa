// SPDX-License-Identifier: Apache-2.0
#include "dataplane/word_table.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ricochet {
namespace {

void store(__u64& word, uint64_t value) {
  std::atomic_ref<__u64>(word).store(value, std::memory_order_release);
}

}  // namespace

Result<WordTable> WordTable::map(int fd, uint32_t sets) {
  const size_t bytes = sets * sizeof(rch_word_set);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return error("cannot map a word table: {}", std::strerror(errno));
  return WordTable({static_cast<rch_word_set*>(memory), sets});
}

WordTable::WordTable(WordTable&& other) noexcept : sets_(std::exchange(other.sets_, {})) {}

WordTable::~WordTable() {
  if (!sets_.empty()) ::munmap(sets_.data(), sets_.size_bytes());
}

__u64* WordTable::find(uint64_t key, bool or_free) const {
  const uint32_t index = rch_word_set_index(key, static_cast<uint32_t>(sets_.size()));
  __u64* free = nullptr;
  for (const uint32_t set : {index, index ^ 1}) {
    for (__u64& word : sets_[set].word) {
      if (word != 0 && word >> RCH_WORD_VALUE_BITS == key) return &word;
      if (word == 0 && free == nullptr) free = &word;
    }
  }
  return or_free ? free : nullptr;
}

Result<void> WordTable::set(uint64_t key, uint16_t value) {
  if (key == 0) return error("0 is no key");
  __u64* word = find(key, true);
  if (word == nullptr) return error("there is no room for this one, delete another");
  store(*word, rch_word(key, value));
  return {};
}

void WordTable::remove(uint64_t key) {
  if (__u64* word = find(key, false)) store(*word, 0);
}

std::vector<std::pair<uint64_t, uint16_t>> WordTable::entries() const {
  std::vector<std::pair<uint64_t, uint16_t>> all;
  for (const rch_word_set& set : sets_) {
    for (const __u64 word : set.word) {
      if (word != 0) all.emplace_back(word >> RCH_WORD_VALUE_BITS, word & (RCH_WORD_VALUES - 1));
    }
  }
  return all;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The writer of a word table (abi/ricochet.h) that programs read: every change is one store, so a
// packet finds an entry as it was or as it is.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "abi/ricochet.h"
#include "util/result.h"

namespace ricochet {

class WordTable {
 public:
  // Maps an array map of `sets` sets and takes over what it holds. The descriptor stays the
  // caller's.
  static Result<WordTable> map(int fd, uint32_t sets);
  WordTable(WordTable&& other) noexcept;
  WordTable& operator=(WordTable&&) = delete;
  ~WordTable();

  // Adds or changes an entry. An error if the key is 0 or both of its sets are full: then nothing
  // changes.
  Result<void> set(uint64_t key, uint16_t value);
  // Not an error if the key is not there.
  void remove(uint64_t key);
  [[nodiscard]] std::vector<std::pair<uint64_t, uint16_t>> entries() const;

 private:
  explicit WordTable(std::span<rch_word_set> sets) : sets_(sets) {}
  // The word that holds the key, else the first free one if `or_free`, else null.
  [[nodiscard]] __u64* find(uint64_t key, bool or_free) const;

  std::span<rch_word_set> sets_;
};

}  // namespace ricochet

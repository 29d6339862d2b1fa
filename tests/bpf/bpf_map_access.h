// SPDX-License-Identifier: Apache-2.0
// Typed access to the maps of a program under test.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "abi/ricochet.h"

namespace ricochet::test {

[[noreturn]] inline void throw_map_error(const bpf_map* map) {
  throw std::system_error(errno, std::generic_category(), bpf_map__name(map));
}

template <class Key, class Value>
void put(bpf_map* map, const Key& key, const Value& value) {
  if (bpf_map__update_elem(map, &key, sizeof(key), &value, sizeof(value), BPF_ANY))
    throw_map_error(map);
}

template <class Value, class Key>
Value get(const bpf_map* map, const Key& key) {
  Value value{};
  if (bpf_map__lookup_elem(map, &key, sizeof(key), &value, sizeof(value), 0)) throw_map_error(map);
  return value;
}

// Into a word table of `sets` sets (abi/ricochet.h).
inline void put_word(bpf_map* map, uint32_t sets, uint64_t key, uint16_t value) {
  const uint32_t home = rch_word_set_index(key, sets);
  for (const uint32_t index : {home, home ^ 1}) {
    auto set = get<rch_word_set>(map, index);
    for (__u64& word : set.word) {
      if (word != 0 && word >> RCH_WORD_VALUE_BITS != key) continue;
      word = rch_word(key, value);
      return put(map, index, set);
    }
  }
  throw std::length_error("no room for the word");
}

// One value a possible CPU.
template <class Value>
std::vector<Value> get_per_cpu(const bpf_map* map, uint32_t key) {
  static_assert(sizeof(Value) % 8 == 0, "the kernel rounds per-CPU values up to 8 bytes");
  std::vector<Value> values(static_cast<size_t>(libbpf_num_possible_cpus()));
  if (bpf_map__lookup_elem(map, &key, sizeof(key), values.data(), values.size() * sizeof(Value), 0))
    throw_map_error(map);
  return values;
}

// The counters that are not zero, by name, summed over the CPUs; names[i] is that of counter i.
template <class Names>
std::map<std::string, uint64_t> get_counters(const bpf_map* map, const Names& names) {
  std::map<std::string, uint64_t> counters;
  for (uint32_t i = 0; i < names.size(); i++) {
    uint64_t sum = 0;
    for (const uint64_t value : get_per_cpu<uint64_t>(map, i)) sum += value;
    if (sum) counters[names[i]] = sum;
  }
  return counters;
}

// What has been added since.
inline std::map<std::string, uint64_t> risen(const std::map<std::string, uint64_t>& before,
                                             std::map<std::string, uint64_t> now) {
  for (const auto& [name, count] : before) {
    now[name] -= count;
    if (!now[name]) now.erase(name);
  }
  return now;
}

}  // namespace ricochet::test

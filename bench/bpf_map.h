// SPDX-License-Identifier: Apache-2.0
//
// The little of libbpf's map interface that the bench needs, with types.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <vector>

#include "abi/ricochet.h"
#include "util/result.h"

namespace ricochet::bench {

template <class Key, class Value>
Result<void> set_entry(const bpf_map* map, const Key& key, const Value& value) {
  if (bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY)) {
    return error("cannot write map {}: {}", bpf_map__name(map), std::strerror(errno));
  }
  return {};
}

// Into a word table (abi/ricochet.h), whose sets stay less than full here.
inline Result<void> set_word(const bpf_map* map, uint64_t key, uint16_t value) {
  const uint32_t index = rch_word_set_index(key, bpf_map__max_entries(map));
  rch_word_set set{};
  bpf_map_lookup_elem(bpf_map__fd(map), &index, &set);
  *std::ranges::find(set.word, 0u) = rch_word(key, value);
  return set_entry(map, index, set);
}

// The values of all CPUs; zeros if the entry cannot be read.
template <class Value>
std::vector<Value> read_per_cpu(const bpf_map* map, uint32_t key) {
  static_assert(sizeof(Value) % 8 == 0, "the kernel pads each CPU's value to 8 bytes");
  std::vector<Value> values(static_cast<size_t>(libbpf_num_possible_cpus()));
  if (bpf_map_lookup_elem(bpf_map__fd(map), &key, values.data())) values.assign(values.size(), {});
  return values;
}

// A counter, summed over the CPUs.
inline uint64_t read_counter(const bpf_map* map, uint32_t key) {
  const auto counts = read_per_cpu<uint64_t>(map, key);
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

}  // namespace ricochet::bench

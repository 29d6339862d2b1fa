// SPDX-License-Identifier: Apache-2.0
//
// Typed access to one BPF map by its descriptor.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace ricochet {

// Key and Value are the types of abi/ricochet.h; the descriptor stays the caller's.
template <class Key, class Value>
class BpfMap {
 public:
  BpfMap(std::string_view name, int fd) : name_(name), fd_(fd) {}

  Result<void> set(const Key& key, const Value& value) const {
    if (bpf_map_update_elem(fd_, &key, &value, BPF_ANY) == 0) return {};
    if (errno == E2BIG) return error("the map {} is full", name_);
    return error("cannot write to the map {}: {}", name_, std::strerror(errno));
  }

  // Not an error if the key is not there.
  Result<void> remove(const Key& key) const {
    if (bpf_map_delete_elem(fd_, &key) == 0 || errno == ENOENT) return {};
    return error("cannot delete from the map {}: {}", name_, std::strerror(errno));
  }

  [[nodiscard]] std::optional<Value> get(const Key& key) const {
    Value value{};
    if (bpf_map_lookup_elem(fd_, &key, &value) != 0) return std::nullopt;
    return value;
  }

  // For maps that only the caller changes.
  [[nodiscard]] std::vector<std::pair<Key, Value>> entries() const {
    std::vector<std::pair<Key, Value>> all;
    Key key{};
    for (int end = bpf_map_get_next_key(fd_, nullptr, &key); end == 0;
         end = bpf_map_get_next_key(fd_, &key, &key)) {
      if (const auto value = get(key)) all.emplace_back(key, *value);
    }
    return all;
  }

  // Of a per-CPU map: one value a possible CPU.
  [[nodiscard]] std::vector<Value> per_cpu(const Key& key) const {
    std::vector<Value> values(static_cast<size_t>(libbpf_num_possible_cpus()));
    static_assert(sizeof(Value) % 8 == 0, "the kernel pads per-CPU values to 8 bytes");
    if (bpf_map_lookup_elem(fd_, &key, values.data()) != 0) values.clear();
    return values;
  }

  Result<void> zero_per_cpu(const Key& key) const {
    const std::vector<Value> zeros(static_cast<size_t>(libbpf_num_possible_cpus()));
    if (bpf_map_update_elem(fd_, &key, zeros.data(), BPF_ANY) == 0) return {};
    return error("cannot write to the map {}: {}", name_, std::strerror(errno));
  }

 private:
  std::string_view name_;
  int fd_;
};

}  // namespace ricochet

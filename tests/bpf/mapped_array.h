// SPDX-License-Identifier: Apache-2.0
// An array map as memory: what it holds, seen and changed at once and as a whole.
#pragma once

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

#include "util/fd.h"

namespace ricochet::test {

template <class Value>
class MappedArray {
 public:
  // Of a map of so many values that user space may map. The descriptor stays the caller's.
  MappedArray(int fd, size_t count) : count_(count) {
    void* memory = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "map");
    values_ = static_cast<Value*>(memory);
  }
  MappedArray(MappedArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), count_(other.count_) {}
  MappedArray& operator=(MappedArray&&) = delete;
  ~MappedArray() {
    if (values_ != nullptr) ::munmap(values_, bytes());
  }

  [[nodiscard]] std::span<Value> values() const { return {values_, count_}; }

 private:
  [[nodiscard]] size_t bytes() const {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    return (count_ * sizeof(Value) + page - 1) / page * page;
  }

  Value* values_ = nullptr;
  size_t count_;
};

// A new array map like those of the programs that the daemon maps.
template <class Value>
Fd create_mappable_array(size_t count) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  Fd fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "array", sizeof(uint32_t), sizeof(Value),
                       static_cast<uint32_t>(count), &options));
  if (!fd.valid()) throw std::system_error(errno, std::generic_category(), "create a map");
  return fd;
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "tap_reader.h"

#include <cstring>
#include <numeric>

#include "bpf_map_access.h"

namespace ricochet::test {

TapReader::TapReader(bpf_map* filter, bpf_map* ring, bpf_map* lost)
    : filter_(filter),
      lost_(lost),
      ring_(ring_buffer__new(bpf_map__fd(ring), &TapReader::take, this, nullptr)) {
  if (!ring_) throw_map_error(ring);
}

void TapReader::set_filter(const rch_tap_filter& filter) {
  put(filter_, uint32_t{0}, filter);
}

std::vector<TapEntry> TapReader::read() {
  entries_.clear();
  ring_buffer__consume(ring_.get());
  return std::move(entries_);
}

uint64_t TapReader::lost() const {
  const auto values = get_per_cpu<uint64_t>(lost_, 0);
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

int TapReader::take(void* self, void* data, size_t bytes) {
  TapEntry entry;
  std::memcpy(&entry.record, data, sizeof(entry.record));
  const auto* begin = static_cast<const uint8_t*>(data);
  entry.packet.assign(begin + sizeof(entry.record), begin + bytes);
  static_cast<TapReader*>(self)->entries_.push_back(std::move(entry));
  return 0;
}

}  // namespace ricochet::test

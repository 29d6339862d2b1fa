// SPDX-License-Identifier: Apache-2.0
// The reading end of the tap: what `ricochet capture` would see.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <vector>

#include "abi/ricochet.h"
#include "packet_builder.h"

namespace ricochet::test {

struct TapEntry {
  rch_tap_record record{};
  Bytes packet;
};

class TapReader {
 public:
  // Of the maps of a loaded program; they must outlive the reader.
  TapReader(bpf_map* filter, bpf_map* ring, bpf_map* lost);
  TapReader(const TapReader&) = delete;
  TapReader& operator=(const TapReader&) = delete;

  void set_filter(const rch_tap_filter& filter);
  // All that was written since the last call.
  std::vector<TapEntry> read();
  // Records that found no room.
  [[nodiscard]] uint64_t lost() const;

 private:
  struct FreeRing {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };

  static int take(void* self, void* data, size_t bytes);

  bpf_map* filter_;
  bpf_map* lost_;
  std::vector<TapEntry> entries_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
};

}  // namespace ricochet::test

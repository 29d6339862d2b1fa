// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "abi/ricochet.h"
#include "capture/captured_packet.h"

namespace ricochet {

// Makes packets of tap records. The verdict on a packet is known only when it leaves or ends, so
// the record of its arrival waits for the next record of the same CPU and takes that verdict. One
// that did not leave is thus one packet, one that was forwarded is two: as it came and as it left.
class RecordJoiner {
 public:
  // bytes are valid during the call only.
  using Sink = std::function<void(const CapturedPacket& packet)>;

  // unix_offset_ns: what to add to CLOCK_MONOTONIC for the time since 1970.
  RecordJoiner(TapProgram program, uint64_t unix_offset_ns, Sink sink);

  void add(const rch_tap_record& record, std::span<const uint8_t> bytes);
  // Gives out the packets whose verdict has not come. At the end of a capture.
  void flush();

 private:
  struct Arrival {
    rch_tap_record record{};
    std::vector<uint8_t> bytes;
    bool waits = false;
  };

  void emit(const rch_tap_record& record, std::span<const uint8_t> bytes,
            std::optional<Verdict> verdict);
  void release(Arrival& arrival, std::optional<Verdict> verdict);

  TapProgram program_;
  uint64_t unix_offset_ns_;
  Sink sink_;
  std::map<uint16_t, Arrival> arrivals_;  // by CPU
};

}  // namespace ricochet

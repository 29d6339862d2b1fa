// SPDX-License-Identifier: Apache-2.0
#include "capture/record_joiner.h"

#include <utility>

namespace ricochet {

RecordJoiner::RecordJoiner(TapProgram program, uint64_t unix_offset_ns, Sink sink)
    : program_(program), unix_offset_ns_(unix_offset_ns), sink_(std::move(sink)) {}

void RecordJoiner::add(const rch_tap_record& record, std::span<const uint8_t> bytes) {
  Arrival& arrival = arrivals_[record.cpu];
  if (record.direction == RCH_TAP_IN) {
    release(arrival, std::nullopt);
    arrival.record = record;
    arrival.bytes.assign(bytes.begin(), bytes.end());
    arrival.waits = true;
    return;
  }
  const std::optional<Verdict> verdict = find_verdict(program_, record.verdict);
  const bool arrival_known = arrival.waits;
  release(arrival, verdict);
  if (record.direction == RCH_TAP_OUT || !arrival_known) emit(record, bytes, verdict);
}

void RecordJoiner::flush() {
  for (auto& [cpu, arrival] : arrivals_) release(arrival, std::nullopt);
}

void RecordJoiner::emit(const rch_tap_record& record, std::span<const uint8_t> bytes,
                        std::optional<Verdict> verdict) {
  sink_({
      .time_ns = record.time_ns + unix_offset_ns_,
      .ifindex = record.ifindex,
      .direction = record.direction == RCH_TAP_OUT ? PacketDirection::out : PacketDirection::in,
      .packet_bytes = record.packet_bytes,
      .verdict = verdict,
      .bytes = bytes,
  });
}

void RecordJoiner::release(Arrival& arrival, std::optional<Verdict> verdict) {
  if (std::exchange(arrival.waits, false)) emit(arrival.record, arrival.bytes, verdict);
}

}  // namespace ricochet

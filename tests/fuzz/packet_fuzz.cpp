// SPDX-License-Identifier: Apache-2.0
//
// Any bytes from the wire, through all of `ricochet capture` that is behind the tap: joined,
// printed, and written to a file that a strict reader reads back.
//
// Input: records of a head (direction and CPU, verdict, count of bytes) and the packet's bytes.
#include <algorithm>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>

#include "capture/packet_line.h"
#include "capture/packet_summary.h"
#include "capture/pcapng_writer.h"
#include "capture/record_joiner.h"
#include "require.h"
#include "unit/capture/pcapng_reader.h"

using ricochet::CapturedPacket;
using ricochet::TapProgram;
using ricochet::fuzz::require;

namespace {

constexpr size_t kHeadBytes = 3;

void check_layers(const CapturedPacket& packet) {
  const auto summary = ricochet::summarise(packet.bytes);
  require(summary.has_value() == (packet.bytes.size() >= 14), "Ethernet if it is there");
  if (!summary) return;
  require(!summary->ports || (summary->ip && !summary->ip->fragment), "ports need IP");
  require(!summary->tcp || summary->ports, "TCP has ports");
}

void check_line(const CapturedPacket& packet) {
  const std::string line = ricochet::format_packet_line(packet, "veth1");
  require(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }), "a line of text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::ostringstream file;
  ricochet::PcapngWriter writer(file, [](uint32_t index) { return "if" + std::to_string(index); });
  size_t given = 0;
  size_t arrivals_and_departures = 0;
  size_t shown = 0;
  ricochet::RecordJoiner joiner(TapProgram::agent, 0, [&](const CapturedPacket& packet) {
    check_layers(packet);
    check_line(packet);
    writer.write(packet);
    ++shown;
  });

  std::span<const uint8_t> rest(data, size);
  while (rest.size() >= kHeadBytes) {
    const uint32_t head = rest[0];
    const size_t bytes = std::min<size_t>(rest[2], rest.size() - kHeadBytes);
    const rch_tap_record record{
        .time_ns = given,
        .ifindex = head >> 6,
        .packet_bytes = rest[2],
        .captured_bytes = static_cast<uint32_t>(bytes),
        .direction = static_cast<uint8_t>(head % 3),
        .verdict = rest[1],
        .cpu = static_cast<uint16_t>(head >> 4 & 3),
    };
    joiner.add(record, rest.subspan(kHeadBytes, bytes));
    rest = rest.subspan(kHeadBytes + bytes);
    ++given;
    if (record.direction != RCH_TAP_END) ++arrivals_and_departures;
  }
  joiner.flush();
  require(arrivals_and_departures <= shown && shown <= given, "each packet is shown once");

  size_t packets = 0;
  for (const auto& block : ricochet::testing::read_blocks(file.str())) packets += block.type == 6;
  require(packets == shown, "each packet that is shown is in the file");
  return 0;
}

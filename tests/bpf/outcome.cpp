// SPDX-License-Identifier: Apache-2.0
#include "outcome.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/bpf.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <span>

namespace ricochet::test {
namespace {

const char* action_name(uint32_t action) {
  switch (action) {
    case XDP_ABORTED:
      return "XDP_ABORTED";
    case XDP_DROP:
      return "XDP_DROP";
    case XDP_PASS:
      return "XDP_PASS";
    case XDP_TX:
      return "XDP_TX";
    case XDP_REDIRECT:
      return "XDP_REDIRECT";
    default:
      return "unknown action";
  }
}

}  // namespace

std::string to_hex(const Bytes& bytes) {
  constexpr size_t kLineEnds[] = {6, 12, 14, 34, 54};
  std::string text;
  size_t begin = 0;
  const auto add_line = [&](size_t end) {
    end = std::min(end, bytes.size());
    if (begin >= end) return;
    const std::span line(bytes.data() + begin, end - begin);
    text += fmt::format("\n  {:4}: {:02x}", begin, fmt::join(line, " "));
    begin = end;
  };
  for (const size_t end : kLineEnds) add_line(end);
  while (begin < bytes.size()) add_line(begin + 32);
  return text;
}

std::ostream& operator<<(std::ostream& stream, const Outcome& outcome) {
  stream << action_name(outcome.action);
  for (const auto& [name, count] : outcome.counted) stream << ", " << name << " +" << count;
  for (const auto& [slot, traffic] : outcome.traffic)
    stream << fmt::format(", backend {}: {} packets, {} bytes", slot, traffic.packets,
                          traffic.bytes);
  return stream << fmt::format(", {} bytes:", outcome.packet.size()) << to_hex(outcome.packet);
}

}  // namespace ricochet::test

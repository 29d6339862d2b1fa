// SPDX-License-Identifier: Apache-2.0
// All that a program did with one packet, in a form that compares and prints whole.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "packet_builder.h"

namespace ricochet::test {

struct Traffic {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool operator==(const Traffic&) const = default;
};

struct Outcome {
  uint32_t action = 0;                      // enum xdp_action
  Bytes packet;                             // as the program left it
  std::map<std::string, uint64_t> counted;  // counters that rose, by name
  std::map<uint32_t, Traffic> traffic;      // backends whose traffic rose, by slot
  bool operator==(const Outcome&) const = default;
};

// The bytes are printed in the lines in which the headers end, so that two of them compare by eye.
std::ostream& operator<<(std::ostream& stream, const Outcome& outcome);

std::string to_hex(const Bytes& bytes);

}  // namespace ricochet::test

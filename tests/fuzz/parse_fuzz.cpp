// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a frame, read by the parser of the programs (bpf/parse.h, compiled for user space)
// and by that of the reference model: both see the same in it, and the first reads no byte behind
// its end.
//
// Input: the frame.
#include <cstdint>
#include <variant>

#include "bpf_parse.h"
#include "model/headers.h"
#include "require.h"

using ricochet::fuzz::require;
using ricochet::reference::Bytes;
using ricochet::reference::Headers;
using ricochet::reference::kEthernetBytes;
using ricochet::reference::Unreadable;

namespace {

void compare(const parsed& program, const Headers& model) {
  require(program.ip_at == kEthernetBytes, "IP is behind Ethernet");
  require(program.fragment == model.fragment, "the same packets are fragments");
  require(program.source_port == model.source_port, "the same source port");
  require(program.destination_port == model.destination_port, "the same destination port");
  require(program.destination_port_alone == model.destination_port, "as a field of its own, too");
  require(program.opens == model.opens(), "the same packets open a connection");
  const size_t tcp_at = model.tcp ? kEthernetBytes + model.ip_header_bytes : 0;
  require(program.tcp_at == tcp_at, "TCP is in the same place, or not there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const parsed program = parse_as_bpf(data, size);
  const auto model = ricochet::reference::read_headers(Bytes(data, data + size));
  if (const auto* unreadable = std::get_if<Unreadable>(&model)) {
    const bool malformed = *unreadable == Unreadable::malformed;
    require(program.result == (malformed ? PARSED_AS_MALFORMED : PARSED_AS_NOT_IPV4),
            "the same frames cannot be read, for the same reason");
    return 0;
  }
  require(program.result == PARSED_AS_PACKET, "the same frames can be read");
  compare(program, std::get<Headers>(model));
  return 0;
}

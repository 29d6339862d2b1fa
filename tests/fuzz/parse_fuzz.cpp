// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a frame, read by the parser of the programs (bpf/parse.h, compiled for user space)
// and by that of the reference model: both see the same in it, and the first reads no byte behind
// its end.
//
// Input: the frame.
#include <cstdint>
#include <cstdlib>
#include <variant>

#include "bpf_parse.h"
#include "model/headers.h"
#include "model/reading.h"
#include "require.h"

using ricochet::fuzz::require;
using ricochet::reference::Address;
using ricochet::reference::Bytes;
using ricochet::reference::Fragment;
using ricochet::reference::has_ports;
using ricochet::reference::Headers;
using ricochet::reference::kEthernetBytes;
using ricochet::reference::Unreadable;

namespace {

Address address(const uint32_t (&words)[4]) {
  return {uint64_t{words[0]} << 32 | words[1], uint64_t{words[2]} << 32 | words[3]};
}

parsed_as result_of(Unreadable reason) {
  switch (reason) {
    case Unreadable::not_ip:
      return PARSED_AS_NOT_IP;
    case Unreadable::malformed:
      return PARSED_AS_MALFORMED;
    case Unreadable::extensions:
      return PARSED_AS_TOO_MANY_EXTENSIONS;
  }
  std::abort();
}

void compare(const parsed& program, const Headers& model) {
  require(program.ip_at == model.ip_at, "IP is behind the same tags");
  require(program.first_fragment == (model.fragment == Fragment::first), "first fragments");
  require(program.later_fragment == (model.fragment == Fragment::later), "later fragments");
  if (model.fragment != Fragment::none)
    require(program.identification == model.id, "fragments of the same packet");
  require(program.neighbour_discovery == model.neighbour_discovery, "neighbour discovery");
  require(address(program.source) == model.flow.source, "the same source of the flow");
  require(address(program.destination) == model.flow.destination,
          "the same destination of the flow");
  require(program.protocol == model.flow.protocol, "the same protocol of the flow");
  require(program.source_port == model.flow.source_port, "the same source port");
  require(program.destination_port == model.flow.destination_port, "the same destination port");
  if (model.quoted_sequence)
    require(program.quoted_sequence == *model.quoted_sequence, "the same quoted number");
  require(program.asks_echo == model.asks_echo, "the same echo requests");
  require(program.opens == model.opens(), "the same packets open a connection");
  const size_t tcp_at = model.tcp ? model.transport_at : 0;
  require(program.tcp_at == tcp_at, "TCP is in the same place, or not there");
  const size_t udp_at = model.datagram_at == 0 ? 0 : model.transport_at;
  require(program.udp_at == udp_at, "UDP is in the same place, or not there");
}

// The rest is left to the other parser. What both can read they see alike.
bool is_plain(const Headers& model) {
  const bool is_whole = model.fragment == Fragment::none;
  return model.is_ipv4() && model.ip_at == kEthernetBytes && is_whole && has_ports(model.protocol);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const parsed program = parse_as_bpf(data, size);
  const parsed plain = parse_plain_as_bpf(data, size);
  const auto model = ricochet::reference::read_headers(Bytes(data, data + size));
  if (const auto* unreadable = std::get_if<Unreadable>(&model)) {
    require(program.result == result_of(*unreadable),
            "the same frames cannot be read, for the same reason");
    require(plain.result == program.result || plain.result == PARSED_AS_NOT_PLAIN,
            "no frame can be read that is not plain");
    return 0;
  }
  require(program.result == PARSED_AS_PACKET, "the same frames can be read");
  const auto& headers = std::get<Headers>(model);
  compare(program, headers);
  require(is_plain(headers) == (plain.result == PARSED_AS_PACKET), "all that is plain is read");
  if (plain.result == PARSED_AS_PACKET) compare(plain, headers);
  return 0;
}

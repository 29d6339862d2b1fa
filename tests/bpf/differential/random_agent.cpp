// SPDX-License-Identifier: Apache-2.0
#include "random_agent.h"

#include <array>

namespace ricochet::test {
namespace {

using reference::AgentState;
using reference::Connection;
using reference::SentCookie;

constexpr std::array<uint8_t, 5> kOtherProtocols = {
    reference::kUdpProtocol, reference::kUdpProtocol, reference::kIcmpProtocol,
    reference::kIcmpv6Protocol, reference::kDestinationOptions};

// Of numbers that are nearly what a socket expects: at the borders of each rule, and anywhere.
uint32_t some_distance(Random& random) {
  constexpr std::array<uint32_t, 10> kDistances = {
      0, 1, 2, 1000, (1u << 20) - 1, 1u << 20, (1u << 30) - 1, 1u << 30, (1u << 30) + 1, 1u << 31};
  const uint32_t distance = random.chance(90) ? random.one_of(kDistances) : random.number32();
  return random.chance(50) ? distance : -distance;
}

void come_from(FrameFields& fields, const reference::Endpoint& remote,
               const reference::Endpoint& local) {
  fields.source = remote.address;
  fields.source_port = remote.port;
  fields.destination = local.address;
  fields.destination_port = local.port;
}

void be_near(Random& random, FrameFields& fields, const Connection& connection) {
  come_from(fields, connection.remote, connection.local);
  fields.sequence = connection.next + some_distance(random);
  fields.acknowledgement = connection.own_first + 1;
  if (random.chance(50)) fields.acknowledgement += some_distance(random);
}

// What counts is the difference of the two numbers.
void be_near(Random& random, FrameFields& fields, const SentCookie& cookie) {
  come_from(fields, cookie.remote, cookie.local);
  const uint32_t moved = random.chance(50) ? 0 : random.number32();
  fields.sequence = cookie.peer_first + 1 + moved;
  fields.acknowledgement = cookie.cookie + 1 + moved + random.below(8) - 2;
  if (random.chance(20)) fields.acknowledgement += some_distance(random);
}

// An ICMP error about what the connection's server sent, or nearly so.
void be_quoted(Random& random, FrameFields& fields, const Connection& connection) {
  come_from(fields, connection.remote, connection.local);
  fields.protocol = reference::kTcpProtocol;
  fields.sequence = random.chance(50) ? connection.own_next : connection.own_first;
  if (random.chance(50)) fields.sequence += some_distance(random);
  if (random.chance(10)) fields.source_port ^= 1;
  quote(random, fields);
}

void be_a_strangers(Random& random, FrameFields& fields, const AgentState& state) {
  const auto& connection = random.one_of(state.sockets.connections);
  be_near(random, fields, connection);
  // All of these are in use by no socket.
  switch (random.below(4)) {
    case 0:
      fields.source_port = static_cast<uint16_t>(61000 + random.below(1000));
      break;
    case 1:
      fields.source.low ^= 0x40;
      break;
    case 2:
      fields.destination_port = random.chance(50) ? 81 : 0;
      break;
    default:
      fields.destination.low += 1 + random.below(3);
  }
}

}  // namespace

Bytes random_agent_frame(Random& random, const AgentState& state) {
  FrameFields fields;
  const uint32_t kind = random.below(10);
  if (kind < 5)
    be_near(random, fields, random.one_of(state.sockets.connections));
  else if (kind < 7)
    be_near(random, fields, random.one_of(state.sockets.listening.back().cookies));
  else
    be_a_strangers(random, fields, state);
  fields.tos = random_tos(random);
  fields.tcp_flags = random_tcp_flags(random);
  if (random.chance(8)) fields.protocol = random.one_of(kOtherProtocols);
  if (random.chance(10)) be_quoted(random, fields, random.one_of(state.sockets.connections));
  vary(random, fields);
  Bytes frame = to_frame(fields);
  while (random.chance(12)) damage(random, frame);
  keep_headers_in_first_buffer(frame);
  return frame;
}

}  // namespace ricochet::test

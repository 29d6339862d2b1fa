// SPDX-License-Identifier: Apache-2.0
// TCP connections of the real kernel with a peer whose every number is known, and which says only
// what the test makes it say.
#pragma once

#include <cstdint>

#include "packet_builder.h"
#include "private_network.h"
#include "util/fd.h"

namespace ricochet::test {

// What the peer receives.
struct Segment {
  uint8_t flags = 0;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
};

// The peer's end of a wire of IP packets. Steps that the kernel does not answer within seconds
// throw std::runtime_error.
class ScriptedPeer {
 public:
  ScriptedPeer(const Wire& wire, Endpoint self, Endpoint server, uint32_t initial_sequence);

  // Sends a SYN and awaits the SYN-ACK: the server has a request socket.
  void half_open();
  // And sends the ACK.
  void establish();
  // Sends data and awaits its acknowledgement.
  void say(std::string_view text);
  // Sends a FIN and awaits its acknowledgement.
  void finish();
  // Awaits a FIN of the server; acknowledges it if asked to.
  void await_fin();
  void acknowledge();
  // Awaits a SYN of the server.
  void await_syn();

  // The next segment of the conversation, as a router would deliver it.
  [[nodiscard]] Packet next_segment(uint8_t flags = kAck) const;
  // What the server expects next, and what it sent last, plus one.
  [[nodiscard]] uint32_t sequence() const { return sequence_; }
  [[nodiscard]] uint32_t acknowledgement() const { return acknowledgement_; }

 private:
  void send(const Packet& packet) const { wire_.write(packet.ip_bytes()); }
  // The next segment of this conversation that has these flags.
  [[nodiscard]] Segment await(uint8_t flags) const;

  const Wire& wire_;
  Endpoint self_;
  Endpoint server_;
  uint32_t sequence_;
  uint32_t acknowledgement_ = 0;
};

// A server's socket that accepts connections, of one port of any address.
class Listener {
 public:
  enum class Family { kIpv4, kIpv6, kDualStack };

  explicit Listener(uint16_t port, Family family = Family::kIpv4);
  // Awaits a connection.
  [[nodiscard]] Fd accept() const;

 private:
  Fd fd_;
};

// A connection that the kernel begins: its SYN is sent, and nobody has answered.
Fd begin_connect(Endpoint from, Endpoint to);

// The server's, bound to `self`.
Fd connected_udp_socket(Endpoint self, Endpoint peer);

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 7: the TCP sockets of a server, as far as an agent looks at them.
#pragma once

#include <vector>

#include "headers.h"

namespace ricochet::reference {

struct Endpoint {
  Address address;
  uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

struct Connection {
  enum class State {
    request,     // SYN-ACK sent, nothing heard since
    connecting,  // the server's own SYN sent, nothing heard yet
    open,        // from the third segment of the handshake until it waits in vain for more
    time_wait,   // also FIN_WAIT2 without a process
  };

  State state = State::open;
  Endpoint remote;
  Endpoint local;
  uint32_t own_first = 0;  // initial sequence numbers; of a request alone
  uint32_t peer_first = 0;
  uint32_t next = 0;      // sequence number that it expects; of open and time_wait
  uint32_t own_next = 0;  // sequence number that it will send; of open and time_wait
};

// A SYN-ACK whose sequence number is all that is left of the SYN.
struct SentCookie {
  Endpoint remote;
  Endpoint local;
  uint32_t peer_first = 0;
  uint32_t cookie = 0;  // for the lowest of the four segment sizes
};

// A socket that listens at this port of any address.
struct ListeningSocket {
  uint16_t port = 0;
  std::vector<SentCookie> cookies;
};

struct ServerSockets {
  std::vector<Connection> connections;
  std::vector<ListeningSocket> listening;
};

}  // namespace ricochet::reference

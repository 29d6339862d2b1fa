// SPDX-License-Identifier: Apache-2.0
// Sockets of the real kernel in every state that an agent tells apart, and the model's description
// of them.
#pragma once

#include <memory>
#include <vector>

#include "scripted_peer.h"
#include "server_sockets.h"

namespace ricochet::test {

inline constexpr uint16_t kAcceptingPort = 80;
inline constexpr uint16_t kDualStackPort = 8443;
inline constexpr uint16_t kIpv6Port = 8081;
inline constexpr uint16_t kCookiePort = 82;

class SocketScene {
 public:
  // On the network of AgentScene. Connections live for a minute or so if nobody speaks: a long run
  // needs a new scene now and then.
  explicit SocketScene(const Wire& wire);

  [[nodiscard]] const reference::ServerSockets& sockets() const { return sockets_; }

 private:
  enum class Family { ipv4, ipv6 };

  [[nodiscard]] IpAddress client(Family family, uint32_t host) const;
  static IpAddress server(Family family);
  ScriptedPeer new_peer(Family family, uint32_t initial_sequence, uint16_t server_port);
  void add(const ScriptedPeer& peer, reference::Connection::State state);
  void live(Family family, const Listener& listener, uint32_t initial_sequence,
            uint16_t server_port);
  void send_cookie(Family family, uint32_t initial_sequence);
  void connect(Family family);

  const Wire& wire_;
  // The kernel remembers the connections of earlier scenes for a while. Each scene has a network
  // and ports of its own, so that no packet that is damaged a little belongs to one of those.
  static inline uint8_t scenes_ = 0;
  static inline uint16_t next_port_ = 20000;
  const uint8_t network_ = ++scenes_;
  Listener accepting_{kAcceptingPort};
  Listener dual_stack_{kDualStackPort, Listener::Family::kDualStack};
  Listener ipv6_{kIpv6Port, Listener::Family::kIpv6};
  Listener cookies_{kCookiePort, Listener::Family::kDualStack};
  std::vector<Fd> held_;
  reference::ServerSockets sockets_;
};

}  // namespace ricochet::test

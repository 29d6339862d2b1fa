// SPDX-License-Identifier: Apache-2.0
// The scene of the agent's tests: a server with a service address of each family, and its real
// sockets.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "loaded_agent.h"
#include "private_network.h"
#include "scripted_peer.h"

namespace ricochet::test {

inline constexpr Endpoint kServer{kServiceAddress, 80};
// A client that no connection is with, unless a test makes one.
inline constexpr Endpoint kStranger{ipv4(10, 99, 0, 77), 40000};
inline constexpr Endpoint kServer6{kServiceAddress6, 80};
inline constexpr Endpoint kStranger6{ipv6(99, 77), 40000};

// The attempts 0 (no mark) to 3 and the final mark, as DSCP code points above the ECN bits.
inline constexpr uint8_t kTosOfMark[] = {0x00, 0x0c, 0x1c, 0x2c, 0x3c};
inline constexpr uint8_t kTosOfFinal = kTosOfMark[4];
inline constexpr uint8_t kEcmpErTos = 0x01;

class AgentScene : public ::testing::Test {
 protected:
  // Skips without root. Every test gets an agent of its own, so nothing is left by another.
  void SetUp() override;
  // Starts again with other options.
  void load(const AgentOptions& options);

  Outcome send(const Packet& packet) { return agent().send(packet, wire().ifindex()); }

  // A client of its own for every call, for the kernel remembers connections that have ended.
  static ScriptedPeer new_peer(uint32_t initial_sequence, uint16_t server_port = kServer.port);
  static ScriptedPeer new_peer6(uint32_t initial_sequence, uint16_t server_port = kServer6.port);

  // What is expected of a packet: to the kernel, dropped, or back where it came from.
  static Outcome taken(const Packet& expected, const std::string& verdict);
  static Outcome dropped(const Packet& packet, const std::string& verdict);
  // `sent` is the packet as it came, `tos` as it is marked then.
  static Outcome bounced(const Packet& sent, uint8_t tos = kTosOfMark[1]);
  // The same, of a packet that has the addresses and ports of a socket.
  static Outcome bounced_unfit(const Packet& sent);

  // The network to the clients.
  static const Wire& wire();
  LoadedAgent& agent() { return *agent_; }

 private:
  std::unique_ptr<LoadedAgent> agent_;
};

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "socket_scene.h"

#include <array>

#include "addresses.h"

namespace ricochet::test {
namespace {

using reference::Connection;

// So that the numbers around it pass zero, the middle, and neither.
constexpr std::array<uint32_t, 3> kInitialSequences = {0xffffffff, 0x7fffffff, 0x12345678};

reference::Endpoint encode(const Endpoint& end) {
  return {translate(end.address), end.port};
}

}  // namespace

SocketScene::SocketScene(const Wire& wire) : wire_(wire) {
  run_command("ip route replace 10.99.0.0/16 via 10.99.0.2");
  run_command("ip -6 route replace 2001:db8:6300::/40 dev clients");
  sockets_.listening = {
      {kAcceptingPort, {}}, {kIpv6Port, {}}, {kDualStackPort, {}}, {kCookiePort, {}}};
  for (const uint32_t initial : kInitialSequences) {
    live(Family::ipv4, accepting_, initial, kAcceptingPort);
    live(Family::ipv4, dual_stack_, initial, kDualStackPort);
    live(Family::ipv6, ipv6_, initial, kIpv6Port);
    live(Family::ipv6, dual_stack_, initial, kDualStackPort);
  }
  write_sysctl("net/ipv4/tcp_syncookies", "2");
  for (const uint32_t initial : kInitialSequences)
    for (const Family family : {Family::ipv4, Family::ipv6}) send_cookie(family, initial);
  write_sysctl("net/ipv4/tcp_syncookies", "1");
  for (const Family family : {Family::ipv4, Family::ipv6}) connect(family);
}

IpAddress SocketScene::client(Family family, uint32_t host) const {
  if (family == Family::ipv4) return ipv4(10, 99, network_, static_cast<uint8_t>(host));
  return ipv6(static_cast<uint16_t>(0x6300 + network_), host);
}

IpAddress SocketScene::server(Family family) {
  return family == Family::ipv4 ? IpAddress(kServiceAddress) : kServiceAddress6;
}

ScriptedPeer SocketScene::new_peer(Family family, uint32_t initial_sequence, uint16_t server_port) {
  return {
      wire_, {client(family, 2), next_port_++}, {server(family), server_port}, initial_sequence};
}

void SocketScene::add(const ScriptedPeer& peer, Connection::State state) {
  const Packet segment = peer.next_segment();
  sockets_.connections.push_back({.state = state,
                                  .remote = encode(segment.source()),
                                  .local = encode(segment.destination()),
                                  .own_first = peer.acknowledgement() - 1,
                                  .peer_first = peer.sequence() - 1,
                                  .next = peer.sequence(),
                                  .own_next = peer.acknowledgement()});
}

// One connection in each of the states of its life.
void SocketScene::live(Family family, const Listener& listener, uint32_t initial_sequence,
                       uint16_t server_port) {
  ScriptedPeer half_open = new_peer(family, initial_sequence, server_port);
  half_open.half_open();
  add(half_open, Connection::State::request);

  const auto establish = [&] {
    ScriptedPeer peer = new_peer(family, initial_sequence, server_port);
    peer.establish();
    return peer;
  };
  ScriptedPeer open = establish();
  held_.push_back(listener.accept());
  open.say("GET /");
  add(open, Connection::State::open);

  ScriptedPeer closed_by_peer = establish();
  held_.push_back(listener.accept());
  closed_by_peer.finish();
  add(closed_by_peer, Connection::State::open);

  ScriptedPeer fin_sent = establish();
  listener.accept().reset();
  fin_sent.await_fin();
  add(fin_sent, Connection::State::open);

  ScriptedPeer fin_acknowledged = establish();
  listener.accept().reset();
  fin_acknowledged.await_fin();
  fin_acknowledged.acknowledge();
  add(fin_acknowledged, Connection::State::time_wait);

  ScriptedPeer closed = establish();
  listener.accept().reset();
  closed.await_fin();
  closed.finish();
  add(closed, Connection::State::time_wait);
}

void SocketScene::send_cookie(Family family, uint32_t initial_sequence) {
  ScriptedPeer peer = new_peer(family, initial_sequence, kCookiePort);
  peer.half_open();
  const Packet segment = peer.next_segment();
  sockets_.listening.back().cookies.push_back({.remote = encode(segment.source()),
                                               .local = encode(segment.destination()),
                                               .peer_first = peer.sequence() - 1,
                                               .cookie = peer.acknowledgement() - 1});
}

void SocketScene::connect(Family family) {
  const Endpoint upstream_end{client(family, 3), 8080};
  const Endpoint here{server(family), next_port_++};
  held_.push_back(begin_connect(here, upstream_end));
  ScriptedPeer upstream(wire_, upstream_end, here, 0);
  upstream.await_syn();
  sockets_.connections.push_back({.state = Connection::State::connecting,
                                  .remote = encode(upstream_end),
                                  .local = encode(here)});
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "socket_scene.h"

#include <array>

namespace ricochet::test {
namespace {

using reference::Connection;

// So that the numbers around it pass zero, the middle, and neither.
constexpr std::array<uint32_t, 3> kInitialSequences = {0xffffffff, 0x7fffffff, 0x12345678};

reference::Endpoint encode(const Endpoint& end) {
  return {end.address, end.port};
}

}  // namespace

SocketScene::SocketScene(const Wire& wire) : wire_(wire) {
  run_command("ip route replace 10.99.0.0/16 via 10.99.0.2");
  sockets_.listening = {{kAcceptingPort, {}}, {kDualStackPort, {}}, {kCookiePort, {}}};
  for (const uint32_t initial : kInitialSequences) {
    half_open(initial, kAcceptingPort);
    half_open(initial, kDualStackPort);
    open_and_close(accepting_, initial, kAcceptingPort);
    open_and_close(dual_stack_, initial, kDualStackPort);
  }
  send_cookies();
  connect();
}

ScriptedPeer SocketScene::new_peer(uint32_t initial_sequence, uint16_t server_port) {
  return {wire_,
          {ipv4(10, 99, network_, 2), next_port_++},
          {kServiceAddress, server_port},
          initial_sequence};
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

void SocketScene::half_open(uint32_t initial_sequence, uint16_t server_port) {
  ScriptedPeer peer = new_peer(initial_sequence, server_port);
  peer.half_open();
  add(peer, Connection::State::request);
}

// One connection in each of the states of its life.
void SocketScene::open_and_close(const Listener& listener, uint32_t initial_sequence,
                                 uint16_t server_port) {
  const auto establish = [&] {
    ScriptedPeer peer = new_peer(initial_sequence, server_port);
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

void SocketScene::send_cookies() {
  write_sysctl("net/ipv4/tcp_syncookies", "2");
  for (const uint32_t initial : kInitialSequences) {
    ScriptedPeer peer = new_peer(initial, kCookiePort);
    peer.half_open();
    const Packet segment = peer.next_segment();
    sockets_.listening.back().cookies.push_back({.remote = encode(segment.source()),
                                                 .local = encode(segment.destination()),
                                                 .peer_first = peer.sequence() - 1,
                                                 .cookie = peer.acknowledgement() - 1});
  }
  write_sysctl("net/ipv4/tcp_syncookies", "1");
}

void SocketScene::connect() {
  const Endpoint upstream_end{ipv4(10, 99, network_, 3), 8080};
  const Endpoint here{kServiceAddress, next_port_++};
  held_.push_back(begin_connect(here, upstream_end));
  ScriptedPeer upstream(wire_, upstream_end, here, 0);
  upstream.await_syn();
  sockets_.connections.push_back({.state = Connection::State::connecting,
                                  .remote = encode(upstream_end),
                                  .local = encode(here)});
}

}  // namespace ricochet::test

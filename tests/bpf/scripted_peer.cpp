// SPDX-License-Identifier: Apache-2.0
#include "scripted_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace ricochet::test {
namespace {

constexpr std::chrono::seconds kPatience{10};

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in socket_address(Endpoint endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(endpoint.address);
  address.sin_port = htons(endpoint.port);
  return address;
}

template <class Address>
int bind_to(const Fd& fd, const Address& address) {
  return bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

// Nothing if the packet is not of the conversation.
std::optional<Segment> read_segment(const Bytes& packet, Endpoint source, Endpoint destination) {
  iphdr ip{};
  tcphdr tcp{};
  if (packet.size() < sizeof(ip)) return std::nullopt;
  std::memcpy(&ip, packet.data(), sizeof(ip));
  const size_t ip_bytes = ip.ihl * 4u;
  if (ip.version != 4 || ip.protocol != IPPROTO_TCP || packet.size() < ip_bytes + sizeof(tcp))
    return std::nullopt;
  std::memcpy(&tcp, packet.data() + ip_bytes, sizeof(tcp));
  if (ntohl(ip.saddr) != source.address || ntohl(ip.daddr) != destination.address ||
      ntohs(tcp.source) != source.port || ntohs(tcp.dest) != destination.port)
    return std::nullopt;
  return Segment{.flags = packet[ip_bytes + 13],
                 .sequence = ntohl(tcp.seq),
                 .acknowledgement = ntohl(tcp.ack_seq)};
}

}  // namespace

ScriptedPeer::ScriptedPeer(const Wire& wire, Endpoint self, Endpoint server,
                           uint32_t initial_sequence)
    : wire_(wire), self_(self), server_(server), sequence_(initial_sequence) {}

void ScriptedPeer::half_open() {
  send(next_segment(kSyn));
  acknowledgement_ = await(kSyn | kAck).sequence + 1;
  sequence_ += 1;
}

void ScriptedPeer::establish() {
  half_open();
  acknowledge();
}

void ScriptedPeer::say(std::string_view text) {
  send(next_segment(kPsh | kAck).payload(text));
  sequence_ += static_cast<uint32_t>(text.size());
  while (await(kAck).acknowledgement != sequence_) continue;
}

void ScriptedPeer::finish() {
  send(next_segment(kFin | kAck));
  sequence_ += 1;
  while (await(kAck).acknowledgement != sequence_) continue;
}

void ScriptedPeer::await_fin() {
  acknowledgement_ = await(kFin | kAck).sequence + 1;
}

void ScriptedPeer::acknowledge() {
  send(next_segment());
}

void ScriptedPeer::await_syn() {
  acknowledgement_ = await(kSyn).sequence + 1;
}

Packet ScriptedPeer::next_segment(uint8_t flags) const {
  return Packet::tcp(self_, server_, flags)
      .sequence(sequence_)
      .acknowledgement(flags & kAck ? acknowledgement_ : 0);
}

Segment ScriptedPeer::await(uint8_t flags) const {
  for (;;) {
    const auto packet = wire_.read(kPatience);
    if (!packet) throw std::runtime_error("the kernel does not answer the peer");
    const auto segment = read_segment(*packet, server_, self_);
    if (segment && (segment->flags & ~kPsh) == flags) return *segment;
  }
}

Listener::Listener(uint16_t port, Family family)
    : fd_(socket(family == Family::kIpv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!fd_.valid()) throw_errno("socket");
  const int on = 1, off = 0;
  setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  int bound;
  if (family == Family::kIpv4) {
    bound = bind_to(fd_, socket_address({INADDR_ANY, port}));
  } else {
    setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    bound = bind_to(fd_, any);
  }
  if (bound || listen(fd_.get(), SOMAXCONN)) throw_errno("listen");
}

Fd Listener::accept() const {
  pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  const std::chrono::milliseconds patience = kPatience;
  if (poll(&ready, 1, static_cast<int>(patience.count())) != 1)
    throw std::runtime_error("no connection to accept");
  Fd connection(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection.valid()) throw_errno("accept");
  return connection;
}

Fd begin_connect(Endpoint from, Endpoint to) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const sockaddr_in address = socket_address(to);
  if (!fd.valid() || bind_to(fd, socket_address(from))) throw_errno("bind");
  if (!connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ||
      errno != EINPROGRESS)
    throw_errno("begin to connect");
  return fd;
}

Fd connected_udp_socket(Endpoint self, Endpoint peer) {
  Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = socket_address(peer);
  if (!fd.valid() || bind_to(fd, socket_address(self))) throw_errno("bind");
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)))
    throw_errno("connect");
  return fd;
}

}  // namespace ricochet::test

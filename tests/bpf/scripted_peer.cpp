// SPDX-License-Identifier: Apache-2.0
#include "scripted_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
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

int family_of(const IpAddress& address) {
  return address.is_ipv4() ? AF_INET : AF_INET6;
}

// A socket address of either family, for the calls of the kernel.
class SocketAddress {
 public:
  explicit SocketAddress(const Endpoint& end) {
    const rch_address address = end.address.encode();
    if (end.address.is_ipv4()) {
      ipv4_.sin_family = AF_INET;
      ipv4_.sin_addr.s_addr = address.word[3];
      ipv4_.sin_port = htons(end.port);
    } else {
      ipv6_.sin6_family = AF_INET6;
      std::memcpy(&ipv6_.sin6_addr, &address, sizeof(address));
      ipv6_.sin6_port = htons(end.port);
    }
  }

  [[nodiscard]] const sockaddr* get() const {
    return bytes() == sizeof(ipv4_) ? reinterpret_cast<const sockaddr*>(&ipv4_)
                                    : reinterpret_cast<const sockaddr*>(&ipv6_);
  }
  [[nodiscard]] socklen_t bytes() const {
    return ipv4_.sin_family == AF_INET ? sizeof(ipv4_) : sizeof(ipv6_);
  }

 private:
  sockaddr_in ipv4_{};
  sockaddr_in6 ipv6_{};
};

int bind_to(const Fd& fd, const SocketAddress& address) {
  return bind(fd.get(), address.get(), address.bytes());
}

int connect_to(const Fd& fd, const SocketAddress& address) {
  return connect(fd.get(), address.get(), address.bytes());
}

// Where TCP begins in a packet between the two; nothing if it is another packet.
std::optional<size_t> find_tcp(const Bytes& packet, const IpAddress& source,
                               const IpAddress& destination) {
  const bool is_ipv4 = source.is_ipv4();
  constexpr size_t kIpv4Bytes = sizeof(iphdr), kIpv6Bytes = sizeof(ip6_hdr);
  const size_t bytes = is_ipv4 ? kIpv4Bytes : kIpv6Bytes;
  if (packet.size() < bytes || packet[0] >> 4 != (is_ipv4 ? 4 : 6)) return std::nullopt;
  if (packet[is_ipv4 ? 9 : 6] != IPPROTO_TCP) return std::nullopt;
  const rch_address from = source.encode(), to = destination.encode();
  const size_t address_bytes = is_ipv4 ? sizeof(uint32_t) : sizeof(rch_address);
  const uint8_t* addresses = packet.data() + (is_ipv4 ? 12 : 8);
  const size_t skipped = is_ipv4 ? 3 : 0;
  if (std::memcmp(addresses, &from.word[skipped], address_bytes) != 0 ||
      std::memcmp(addresses + address_bytes, &to.word[skipped], address_bytes) != 0)
    return std::nullopt;
  return is_ipv4 ? size_t{packet[0]} % 16 * 4 : bytes;
}

// Nothing if the packet is not of the conversation.
std::optional<Segment> read_segment(const Bytes& packet, Endpoint source, Endpoint destination) {
  const auto tcp_at = find_tcp(packet, source.address, destination.address);
  tcphdr tcp{};
  if (!tcp_at || packet.size() < *tcp_at + sizeof(tcp)) return std::nullopt;
  std::memcpy(&tcp, packet.data() + *tcp_at, sizeof(tcp));
  if (ntohs(tcp.source) != source.port || ntohs(tcp.dest) != destination.port) return std::nullopt;
  return Segment{.flags = packet[*tcp_at + 13],
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
  const int on = 1, only = family == Family::kIpv6;
  setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family != Family::kIpv4)
    setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  const IpAddress any = family == Family::kIpv4 ? IpAddress(ipv4(0, 0, 0, 0)) : IpAddress();
  if (bind_to(fd_, SocketAddress({any, port})) || listen(fd_.get(), SOMAXCONN))
    throw_errno("listen");
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
  Fd fd(socket(family_of(to.address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid() || bind_to(fd, SocketAddress(from))) throw_errno("bind");
  if (!connect_to(fd, SocketAddress(to)) || errno != EINPROGRESS) throw_errno("begin to connect");
  return fd;
}

Fd connected_udp_socket(Endpoint self, Endpoint peer) {
  Fd fd(socket(family_of(peer.address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid() || bind_to(fd, SocketAddress(self))) throw_errno("bind");
  if (connect_to(fd, SocketAddress(peer))) throw_errno("connect");
  return fd;
}

}  // namespace ricochet::test

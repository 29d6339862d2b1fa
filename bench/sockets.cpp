// SPDX-License-Identifier: Apache-2.0
#include "sockets.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "frame.h"

namespace ricochet::bench {
namespace {

// Addresses and ports in network order.
sockaddr_in socket_address(uint32_t address, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = address;
  result.sin_port = port;
  return result;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool set_tcp_option(const Fd& socket, int option, uint32_t value) {
  return setsockopt(socket.get(), IPPROTO_TCP, option, &value, sizeof(value)) == 0;
}

// In repair mode connect() sends nothing: the socket is established at once, with the sequence
// number it is told. So all of them can wait for the same one, and no peer takes a file.
Result<Fd> make_connection(const sockaddr_in& service, const sockaddr_in& client) {
  Fd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool made = connection.valid() && set_tcp_option(connection, TCP_REPAIR, TCP_REPAIR_ON) &&
                    set_tcp_option(connection, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE) &&
                    set_tcp_option(connection, TCP_QUEUE_SEQ, kSequence) &&
                    bind(connection.get(), generic(service), sizeof(service)) == 0 &&
                    connect(connection.get(), generic(client), sizeof(client)) == 0;
  if (!made) return error("cannot make an established TCP socket: {}", std::strerror(errno));
  return connection;
}

}  // namespace

Result<void> enter_private_namespace() {
  if (unshare(CLONE_NEWNET)) {
    return error("cannot make a network namespace: {}; run as root", std::strerror(errno));
  }
  Fd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_LOOPBACK;
  if (!control.valid() || ioctl(control.get(), SIOCSIFFLAGS, &loopback)) {
    return error("cannot bring up the loopback interface: {}", std::strerror(errno));
  }
  return {};
}

Result<uint64_t> raise_open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit)) {
    return error("cannot read the limit on open files: {}", std::strerror(errno));
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) {
    return error("cannot raise the limit on open files: {}", std::strerror(errno));
  }
  return uint64_t{limit.rlim_max};
}

Result<Fd> listen_at(uint16_t port) {
  const sockaddr_in service = socket_address(htonl(kServiceAddress), htons(port));
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.valid() || bind(listener.get(), generic(service), sizeof(service)) ||
      listen(listener.get(), SOMAXCONN)) {
    return error("cannot listen on port {}: {}", port, std::strerror(errno));
  }
  return listener;
}

Result<std::vector<Fd>> make_connections(uint16_t port, uint32_t count) {
  const sockaddr_in service = socket_address(htonl(kServiceAddress), htons(port));
  std::vector<Fd> connections;
  connections.reserve(count);
  for (uint32_t flow = 0; flow < count; ++flow) {
    auto connection =
        make_connection(service, socket_address(bench_flow_address(flow), bench_flow_port(flow)));
    if (!connection) return connection.error();
    connections.push_back(*std::move(connection));
  }
  return connections;
}

}  // namespace ricochet::bench

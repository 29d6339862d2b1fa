// SPDX-License-Identifier: Apache-2.0
#include "private_network.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace ricochet::test {
namespace {

constexpr size_t kLongestPacketBytes = 65536;

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void enter_private_network() {
  static bool entered = false;
  if (entered) return;
  if (unshare(CLONE_NEWNET)) throw_errno("a new network namespace");
  entered = true;
  write_sysctl("net/ipv6/conf/default/disable_ipv6", "1");
  run_command("ip link set lo up");
  run_command("ip address add 10.0.10.0/32 dev lo");
  write_sysctl("net/ipv6/conf/lo/disable_ipv6", "0");
  run_command("ip address add 2001:db8:a::/128 dev lo");
}

void run_command(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void write_sysctl(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/" + name);
  if (!(file << value << std::flush)) throw std::runtime_error("cannot write sysctl " + name);
}

Wire::Wire(Kind kind, const std::string& name, const std::string& address)
    : fd_(open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
  if (!fd_.valid()) throw_errno("/dev/net/tun");
  ifreq request{};
  name.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
  request.ifr_flags = static_cast<short>((kind == Kind::kEthernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI);
  if (ioctl(fd_.get(), TUNSETIFF, &request)) throw_errno("interface " + name);
  ifindex_ = if_nametoindex(name.c_str());
  if (!address.empty()) run_command(fmt::format("ip address add {} dev {}", address, name));
  run_command(fmt::format("ip link set {} up", name));
}

void Wire::write(const Bytes& packet) const {
  if (::write(fd_.get(), packet.data(), packet.size()) != static_cast<ssize_t>(packet.size()))
    throw_errno("write to an interface");
}

std::optional<Bytes> Wire::read(std::chrono::milliseconds patience) const {
  pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(patience.count())) != 1) return std::nullopt;
  Bytes packet(kLongestPacketBytes);
  const ssize_t bytes = ::read(fd_.get(), packet.data(), packet.size());
  if (bytes < 0) throw_errno("read from an interface");
  packet.resize(static_cast<size_t>(bytes));
  return packet;
}

}  // namespace ricochet::test

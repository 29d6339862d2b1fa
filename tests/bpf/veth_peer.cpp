// SPDX-License-Identifier: Apache-2.0
#include "veth_peer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "private_network.h"

namespace ricochet::test {
namespace {

// By a thread that leaves the namespace of the test and ends.
Fd make_namespace() {
  Fd made;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) == 0)
      made = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }).join();
  if (!made.valid()) throw std::runtime_error("cannot make a network namespace");
  return made;
}

}  // namespace

VethPeer::VethPeer(const std::string& name, const std::string& address, const std::string& peer_mac,
                   const std::string& peer_address)
    : namespace_(make_namespace()) {
  run("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
  run_command(fmt::format("ip link add {} type veth peer name eth0 address {} netns {}", name,
                          peer_mac, namespace_path()));
  ifindex_ = if_nametoindex(name.c_str());
  run(fmt::format("ip address add {} dev eth0 && ip link set eth0 up", peer_address));
  run_command(fmt::format("ip address add {} dev {} && ip link set {} up", address, name, name));
}

// Namespaces end in the background: the pair is removed at once, so that its name is free.
VethPeer::~VethPeer() {
  [[maybe_unused]] const int gone_already = std::system(
      fmt::format("nsenter --net={} ip link delete eth0 2>/dev/null", namespace_path()).c_str());
}

void VethPeer::run(const std::string& command) const {
  run_command(fmt::format("nsenter --net={} sh -c '{}'", namespace_path(), command));
}

std::string VethPeer::namespace_path() const {
  return fmt::format("/proc/{}/fd/{}", getpid(), namespace_.get());
}

}  // namespace ricochet::test

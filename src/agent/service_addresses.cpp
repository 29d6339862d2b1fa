// SPDX-License-Identifier: Apache-2.0
#include "agent/service_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace ricochet {
namespace {

constexpr uint32_t kLoopbackNet = 127;

bool is_loopback_net(Ipv4Address address) {
  return address.host_order() >> 24 == kLoopbackNet;
}

}  // namespace

Result<std::set<Ipv4Address>> find_service_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return error("cannot list the addresses of this host: {}", std::strerror(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::set<Ipv4Address> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if ((entry->ifa_flags & IFF_LOOPBACK) == 0 || entry->ifa_addr == nullptr ||
        entry->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    const auto* socket_address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    const auto address = Ipv4Address::from_network_order(socket_address->sin_addr.s_addr);
    if (!is_loopback_net(address)) addresses.insert(address);
  }
  return addresses;
}

}  // namespace ricochet

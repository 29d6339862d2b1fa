// SPDX-License-Identifier: Apache-2.0
#include "agent/service_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

namespace ricochet {
namespace {

uint32_t network_order(const sockaddr* address) {
  return reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr;
}

}  // namespace

Result<Address> parse_service_address(std::string_view text) {
  auto address = Address::parse(text);
  if (!address || address->is_ipv4()) return address;
  return error("IPv6 is not balanced yet: write an IPv4 address instead of {}", text);
}

Result<std::map<Address, int>> find_loopback_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return error("cannot list the addresses of this host: {}", std::strerror(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::map<Address, int> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if ((entry->ifa_flags & IFF_LOOPBACK) == 0 || entry->ifa_addr == nullptr ||
        entry->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    const auto address = Address::from_ipv4_network_order(network_order(entry->ifa_addr));
    const int prefix_bits =
        entry->ifa_netmask == nullptr ? 32 : std::popcount(network_order(entry->ifa_netmask));
    if (!address.is_loopback()) addresses.emplace(address, prefix_bits);
  }
  return addresses;
}

Result<std::set<Address>> find_service_addresses() {
  const auto on_loopback = find_loopback_addresses();
  if (!on_loopback) return on_loopback.error();
  std::set<Address> addresses;
  for (const auto& [address, prefix_bits] : *on_loopback) addresses.insert(address);
  return addresses;
}

}  // namespace ricochet

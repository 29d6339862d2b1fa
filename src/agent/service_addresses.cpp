// SPDX-License-Identifier: Apache-2.0
#include "agent/service_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "net/prefix.h"

namespace ricochet {
namespace {

std::optional<Address> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    return Address::from_ipv4_network_order(
        reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(address);
  return Address(std::to_array(ipv6->sin6_addr.s6_addr));
}

// Of a netmask of the address's family, as the kernel gives it.
int prefix_bits_of(Address address, const sockaddr* netmask) {
  const auto mask = address_of(netmask);
  if (!mask) return static_cast<int>(Prefix(address).length());
  if (address.is_ipv4()) return std::popcount(mask->ipv4_host_order());
  int bits = 0;
  for (const uint8_t octet : mask->octets()) bits += std::popcount(octet);
  return bits;
}

}  // namespace

Result<std::map<Address, int>> find_loopback_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return error("cannot list the addresses of this host: {}", std::strerror(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::map<Address, int> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    const auto address = address_of(entry->ifa_addr);
    if ((entry->ifa_flags & IFF_LOOPBACK) == 0 || !address) continue;
    if (address->is_loopback() || address->is_link_local()) continue;
    addresses.emplace(*address, prefix_bits_of(*address, entry->ifa_netmask));
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

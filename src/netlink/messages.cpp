// SPDX-License-Identifier: Apache-2.0
#include "netlink/messages.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cstring>

namespace ricochet {
namespace {

constexpr uint32_t kLowerUp = 1U << 16;  // IFF_LOWER_UP, which <net/if.h> does not have
// The others are those of an entry that is not resolved, or no longer.
constexpr uint16_t kTrustedStates =
    NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;

template <class Value>
std::optional<Value> read(const nlattr* attribute) {
  Value value;
  if (!attribute || nla_len(attribute) != sizeof(value)) return std::nullopt;
  std::memcpy(&value, nla_data(attribute), sizeof(value));
  return value;
}

std::optional<MacAddress> read_mac(const nlattr* attribute) {
  const auto octets = read<std::array<uint8_t, 6>>(attribute);
  if (!octets) return std::nullopt;
  return MacAddress(*octets);
}

std::string read_text(nlattr* attribute) {
  if (!attribute) return {};
  const auto* text = static_cast<const char*>(nla_data(attribute));
  return {text, strnlen(text, static_cast<size_t>(nla_len(attribute)))};
}

std::string read_kind(nlattr* link_info) {
  if (!link_info) return {};
  return read_text(
      nla_find(static_cast<nlattr*>(nla_data(link_info)), nla_len(link_info), IFLA_INFO_KIND));
}

// A neighbour is one machine: the entries that the kernel makes for broadcast, multicast and
// loopback are not.
bool is_a_machine(const MacAddress& mac) {
  return (mac.octets()[0] & 1) == 0 && mac != MacAddress{};
}

}  // namespace

std::optional<uint32_t> read_u32(const nlattr* attribute) {
  return read<uint32_t>(attribute);
}

std::optional<Address> read_address(const nlattr* attribute) {
  if (const auto octets = read<Address::Octets>(attribute)) return Address(*octets);
  const auto value = read<uint32_t>(attribute);
  if (!value) return std::nullopt;
  return Address::from_ipv4_network_order(*value);
}

std::optional<Link> parse_link(nlmsghdr& message) {
  std::array<nlattr*, IFLA_MAX + 1> attributes{};
  if (nlmsg_parse(&message, sizeof(ifinfomsg), attributes.data(), IFLA_MAX, nullptr) < 0)
    return std::nullopt;
  const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(&message));
  Link link{
      .ifindex = static_cast<uint32_t>(header->ifi_index),
      .name = read_text(attributes[IFLA_IFNAME]),
      .mac = read_mac(attributes[IFLA_ADDRESS]).value_or(MacAddress{}),
      .up = (header->ifi_flags & IFF_UP) != 0 && (header->ifi_flags & kLowerUp) != 0,
      .mtu_bytes = read_u32(attributes[IFLA_MTU]).value_or(0),
      .kind = read_kind(attributes[IFLA_LINKINFO]),
  };
  // Wireless drivers send events of their own as RTM_NEWLINK, with hardly anything in them.
  if (header->ifi_family != AF_UNSPEC || link.name.empty() || !attributes[IFLA_MTU])
    return std::nullopt;
  return link;
}

std::optional<KernelNeighbour> parse_neighbour(nlmsghdr& message) {
  std::array<nlattr*, NDA_MAX + 1> attributes{};
  if (nlmsg_parse(&message, sizeof(ndmsg), attributes.data(), NDA_MAX, nullptr) < 0)
    return std::nullopt;
  const auto* header = static_cast<const ndmsg*>(nlmsg_data(&message));
  const auto address = read_address(attributes[NDA_DST]);
  if (!address || address->is_link_local() || (header->ndm_flags & NTF_PROXY) != 0 ||
      header->ndm_family != (address->is_ipv4() ? AF_INET : AF_INET6))
    return std::nullopt;
  KernelNeighbour neighbour{
      .ifindex = static_cast<uint32_t>(header->ndm_ifindex),
      .address = *address,
      .mac = std::nullopt,
      .state = header->ndm_state,
      .flags = header->ndm_flags,
      .extended_flags = read_u32(attributes[NDA_FLAGS_EXT]).value_or(0),
      .protocol = read<uint8_t>(attributes[NDA_PROTOCOL]).value_or(0),
  };
  const auto mac = read_mac(attributes[NDA_LLADDR]);
  if (mac && is_a_machine(*mac) && (header->ndm_state & kTrustedStates) != 0) neighbour.mac = mac;
  return neighbour;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "netlink/prober.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <spdlog/spdlog.h>

#include <array>
#include <optional>

namespace ricochet {
namespace {

struct Route {
  uint8_t type = RTN_UNSPEC;
  uint32_t ifindex = 0;
  bool has_gateway = false;
  std::optional<Address> gateway;  // nothing if it is an IPv6 one
};

Route parse_route(nlmsghdr& message) {
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  if (nlmsg_parse(&message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr) < 0) return {};
  return {
      .type = static_cast<const rtmsg*>(nlmsg_data(&message))->rtm_type,
      .ifindex = read_u32(attributes[RTA_OIF]).value_or(0),
      .has_gateway = attributes[RTA_GATEWAY] != nullptr || attributes[RTA_VIA] != nullptr,
      .gateway = read_ipv4(attributes[RTA_GATEWAY]),
  };
}

bool is_ours(const KernelNeighbour& entry) {
  return entry.protocol == kProberProtocol && (entry.extended_flags & NTF_EXT_MANAGED) != 0;
}

bool is_looked_after(const KernelNeighbour& entry) {
  return (entry.state & (NUD_PERMANENT | NUD_NOARP)) != 0 || (entry.flags & NTF_EXT_LEARNED) != 0 ||
         (entry.extended_flags & NTF_EXT_MANAGED) != 0;
}

NetlinkMessage neighbour_message(const NeighbourKey& key, int message_flags, uint8_t entry_flags) {
  auto message = netlink_message(RTM_NEWNEIGH, message_flags);
  const ndmsg header{.ndm_family = AF_INET,
                     .ndm_pad1 = 0,
                     .ndm_pad2 = 0,
                     .ndm_ifindex = static_cast<int>(key.ifindex),
                     .ndm_state = NUD_NONE,
                     .ndm_flags = entry_flags,
                     .ndm_type = RTN_UNSPEC};
  append(*message, &header, sizeof(header));
  put(*message, NDA_DST, key.address.ipv4_network_order());
  return message;
}

}  // namespace

Result<Prober> Prober::open() {
  auto socket = RouteSocket::open();
  if (!socket) return socket.error();
  return Prober(*std::move(socket));
}

Result<Prober::Places> Prober::want(const std::set<Address>& addresses) {
  const auto entries = read_entries();
  if (!entries) return entries.error();
  std::map<Address, uint32_t> permanent;
  for (const auto& [key, entry] : *entries)
    if ((entry.state & NUD_PERMANENT) != 0) permanent.emplace(key.address, key.ifindex);

  Places places;
  std::set<NeighbourKey> kept;
  for (const Address address : addresses) {
    if (const auto set = permanent.find(address); set != permanent.end()) {
      places.emplace(address, set->second);
      continue;
    }
    auto ifindex = find_interface(address);
    if (ifindex) {
      const NeighbourKey key{.ifindex = *ifindex, .address = address};
      kept.insert(key);
      if (auto added = keep_resolved(key, *entries); !added) ifindex = added.error();
    }
    places.emplace(address, std::move(ifindex));
  }
  for (const auto& [key, entry] : *entries)
    if (is_ours(entry) && !kept.contains(key)) release(key);
  return places;
}

Result<Prober::Entries> Prober::read_entries() {
  Entries entries;
  const auto problem = socket_.dump(RTM_GETNEIGH, [&](nlmsghdr& message) {
    const auto entry = parse_neighbour(message);
    if (entry) entries[{.ifindex = entry->ifindex, .address = entry->address}] = *entry;
  });
  if (problem) return error("cannot read the kernel's neighbours: {}", problem.message());
  return entries;
}

Result<uint32_t> Prober::find_interface(Address address) {
  if (!address.is_ipv4()) return error("neighbours of IPv6 are not looked for yet");
  const auto request = netlink_message(RTM_GETROUTE, 0);
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = 32;
  append(*request, &header, sizeof(header));
  put(*request, RTA_DST, address.ipv4_network_order());
  Route route;
  const auto problem =
      socket_.exchange(*request, [&](nlmsghdr& message) { route = parse_route(message); });
  const std::string text = address.to_string();
  if (problem) {
    return error("no route to {} ({}): give an interface that is up an address in its network",
                 text, problem.message());
  }
  if (route.type == RTN_LOCAL) return error("{} is an address of this machine itself", text);
  if (route.type != RTN_UNICAST) return error("{} is not the address of one machine", text);
  if (route.has_gateway) {
    return error("{} is not on-link: it is reached through {}", text,
                 route.gateway ? route.gateway->to_string() : "a gateway of IPv6");
  }
  return route.ifindex;
}

Result<void> Prober::keep_resolved(const NeighbourKey& key, const Entries& entries) {
  const auto found = entries.find(key);
  const bool exists = found != entries.end();
  if (exists && is_looked_after(found->second)) return {};
  // A new entry must be new: never overwrite one that an operator makes at this moment. Learned
  // ones are spared by the kernel when it tidies its table, and do not count against its size.
  const auto message =
      neighbour_message(key, exists ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL, NTF_EXT_LEARNED);
  put(*message, NDA_FLAGS_EXT, uint32_t{NTF_EXT_MANAGED});
  put(*message, NDA_PROTOCOL, kProberProtocol);
  const auto problem = socket_.exchange(*message, [](nlmsghdr&) {});
  if (!problem || problem == std::errc::file_exists) return {};
  return error("the kernel does not keep {} resolved, for which it must be Linux 5.16 or newer: {}",
               key.address.to_string(), problem.message());
}

// "Use" without "managed" and "learned" takes these two from an entry and leaves the rest as it is.
void Prober::release(const NeighbourKey& key) {
  const auto message = neighbour_message(key, NLM_F_REPLACE, NTF_USE);
  const auto problem = socket_.exchange(*message, [](nlmsghdr&) {});
  if (problem && problem != std::errc::no_such_file_or_directory)
    spdlog::warn("the kernel goes on probing {}: {}", key.address.to_string(), problem.message());
}

}  // namespace ricochet

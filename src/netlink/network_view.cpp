// SPDX-License-Identifier: Apache-2.0
#include "netlink/network_view.h"

#include <linux/rtnetlink.h>

#include <utility>

namespace ricochet {
namespace {

template <class Key, class Value>
bool assign(std::map<Key, Value>& map, const Key& key, Value value) {
  const auto [entry, inserted] = map.try_emplace(key, value);
  if (inserted) return true;
  return std::exchange(entry->second, value) != value;
}

}  // namespace

bool NetworkView::apply(nlmsghdr& message) {
  const auto type = message.nlmsg_type;
  if (type == RTM_NEWLINK || type == RTM_DELLINK) {
    const auto link = parse_link(message);
    if (!link) return false;
    if (type == RTM_NEWLINK) return assign(links, link->ifindex, *link);
    std::erase_if(neighbours,
                  [&](const auto& entry) { return entry.first.ifindex == link->ifindex; });
    return links.erase(link->ifindex) > 0;
  }
  if (type == RTM_NEWNEIGH || type == RTM_DELNEIGH) {
    const auto neighbour = parse_neighbour(message);
    if (!neighbour) return false;
    const NeighbourKey key{.ifindex = neighbour->ifindex, .address = neighbour->address};
    // An event may outlive its interface; an entry without one would never go.
    if (type == RTM_NEWNEIGH && neighbour->mac && links.contains(key.ifindex))
      return assign(neighbours, key, *neighbour->mac);
    return neighbours.erase(key) > 0;
  }
  return false;
}

}  // namespace ricochet

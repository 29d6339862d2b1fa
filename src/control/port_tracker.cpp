// SPDX-License-Identifier: Apache-2.0
#include "control/port_tracker.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/limits.h"

namespace ricochet {

PortTracker::PortTracker(const std::vector<PortStatus>& ports) {
  for (const PortStatus& port : ports) ports_.push_back({port.name, port.ifindex, std::nullopt});
}

const Link* PortTracker::find_link(const Port& port, const std::map<uint32_t, Link>& links) const {
  const auto same = links.find(port.ifindex);
  if (same != links.end()) return &same->second;
  for (const auto& [ifindex, link] : links) {
    if (link.name == port.name && find_port(ifindex) == nullptr) return &link;
  }
  return nullptr;
}

std::vector<size_t> PortTracker::update(const std::map<uint32_t, Link>& links) {
  std::vector<size_t> changed;
  for (size_t index = 0; index < ports_.size(); ++index) {
    Port& port = ports_[index];
    std::optional<Interface> now;
    if (const Link* link = find_link(port, links)) {
      now = Interface{.name = port.name, .ifindex = link->ifindex, .mac = link->mac};
    }
    if (now == port.interface) continue;
    port.interface = now;
    port.ifindex = now ? now->ifindex : 0;
    changed.push_back(index);
  }
  return changed;
}

std::optional<Interface> PortTracker::interface(size_t index) const {
  return ports_[index].interface;
}

const PortTracker::Port* PortTracker::find_port(uint32_t ifindex) const {
  const auto found = std::ranges::find_if(ports_, [&](const Port& port) {
    return port.interface && port.interface->ifindex == ifindex;
  });
  return found == ports_.end() ? nullptr : &*found;
}

LearnedNeighbours PortTracker::learned(const NetworkView& view,
                                       const Prober::Places& places) const {
  LearnedNeighbours all;
  for (const auto& [key, mac] : view.neighbours) {
    const Port* port = find_port(key.ifindex);
    if (port == nullptr) continue;
    const auto place = places.find(key.address);
    const bool probed = place != places.end() && place->second && *place->second == key.ifindex;
    const Neighbour neighbour{.interface = port->name, .mac = mac};
    if (probed) {
      all.neighbours.insert_or_assign(key.address, neighbour);
    } else if (all.neighbours.size() < kNeighboursMax) {  // whoever else is out there
      all.neighbours.emplace(key.address, neighbour);
    }
  }
  for (const auto& [address, place] : places) {
    if (!place) {
      all.problems[address] = place.error().message;
    } else if (find_port(*place) == nullptr) {
      const auto link = view.links.find(*place);
      all.problems[address] = fmt::format(
          "the route to it leads through {}, which is no port of this router",
          link == view.links.end() ? fmt::format("interface {}", *place) : link->second.name);
    }
  }
  return all;
}

}  // namespace ricochet

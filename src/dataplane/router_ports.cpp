// SPDX-License-Identifier: Apache-2.0
#include "dataplane/router_ports.h"

#include <net/if.h>

#include <algorithm>
#include <array>

#include "abi/ricochet.h"
#include "dataplane/encode.h"
#include "dataplane/xdp_links.h"
#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

// By its name; else the interface that the pinned link is on, which was renamed since. None: it is
// not there.
Result<std::optional<Interface>> find_port(const std::string& name, const StateDir& state) {
  const auto found = find_interface(name);
  if (found) return std::optional(*found);
  const auto linked = linked_program(state.link_pin(name));
  if (!linked) return linked.error();
  std::array<char, IF_NAMESIZE> renamed{};
  if (linked->ifindex != 0 && ::if_indextoname(linked->ifindex, renamed.data()) != nullptr) {
    if (const auto same = find_interface(renamed.data())) return std::optional(*same);
  }
  spdlog::warn("waiting for a port: {}", found.error().message);
  return std::optional<Interface>();
}

// Of two of the maps only the keys count. What stays in them is not touched: packets are being
// judged by it.
using IfindexSet = BpfMap<uint32_t, uint32_t>;

template <class Value>
Result<void> remove_others(const BpfMap<uint32_t, Value>& map, const std::set<uint32_t>& wanted) {
  for (const auto& [ifindex, unused] : map.entries()) {
    if (wanted.contains(ifindex)) continue;
    if (auto removed = map.remove(ifindex); !removed) return removed;
  }
  return {};
}

Result<void> add(const IfindexSet& map, uint32_t ifindex) {
  return map.get(ifindex) ? Result<void>() : map.set(ifindex, ifindex);
}

}  // namespace

Result<RouterPorts> RouterPorts::find(const std::vector<std::string>& names,
                                      const std::vector<std::string>& backends_only,
                                      const StateDir& state) {
  if (names.empty() || names.size() > RCH_PORTS_MAX) {
    return error("--ports must name 1 to {} interfaces", RCH_PORTS_MAX);
  }
  RouterPorts ports;
  for (const std::string& name : names) {
    if (std::ranges::find(ports.ports_, name, &Port::name) != ports.ports_.end()) {
      return error("--ports names {} twice", name);
    }
    ports.ports_.push_back({.name = name, .interface = {}});
  }
  for (const std::string& name : backends_only) {
    if (std::ranges::find(names, name) == names.end()) {
      return error("--backend-ports names {}, --ports does not", name);
    }
    ports.backends_only_.insert(name);
  }
  for (Port& port : ports.ports_) {
    auto interface = find_port(port.name, state);
    if (!interface) return interface.error();
    port.interface = *std::move(interface);
  }
  return ports;
}

Result<void> RouterPorts::fill(const Maps& maps) {
  maps_ = maps;
  return write();
}

Result<void> RouterPorts::take_over() {
  taken_over_ = true;
  return write_backend_ports();
}

Result<void> RouterPorts::set(size_t index, const std::optional<Interface>& interface) {
  if (index >= ports_.size()) {
    return error("there is no port {}: --ports names {}", index, ports_.size());
  }
  ports_[index].interface = interface;
  auto written = write();
  if (written) return written;
  ports_[index].interface.reset();
  (void)write();  // what failed is what there is to tell
  return written;
}

Result<const Interface*> RouterPorts::behind(const NextHop& nexthop) const {
  if (nexthop.port >= ports_.size()) {
    return error("there is no port {}: --ports names {} (0 to {})", nexthop.port, ports_.size(),
                 ports_.size() - 1);
  }
  const auto& interface = ports_[nexthop.port].interface;
  return interface ? &*interface : nullptr;
}

Result<void> RouterPorts::write() {
  const IfindexSet devmap("ports", maps_.devmap_fd);
  std::set<uint32_t> wanted;
  for (const Port& port : ports_) {
    if (port.interface) wanted.insert(port.interface->ifindex);
  }
  if (auto removed = remove_others(devmap, wanted); !removed) return removed;
  for (Port& port : ports_) {
    if (!port.interface) continue;
    const uint32_t ifindex = port.interface->ifindex;
    auto added = add(devmap, ifindex);
    if (!added && is_there(ifindex)) return added;
    if (!added) port.interface.reset();
  }
  if (auto written = write_macs(); !written) return written;
  return taken_over_ ? write_backend_ports() : Result<void>();
}

Result<void> RouterPorts::write_macs() const {
  const BpfMap<uint32_t, __u64> map("port_macs", maps_.port_macs_fd);
  std::set<uint32_t> wanted;
  for (const Port& port : ports_) {
    if (!port.interface) continue;
    wanted.insert(port.interface->ifindex);
    const uint64_t mac = encode_mac(port.interface->mac);
    if (auto set = map.set(port.interface->ifindex, mac); !set) return set;
  }
  return remove_others(map, wanted);
}

Result<void> RouterPorts::write_backend_ports() const {
  const IfindexSet map("backend_ports", maps_.backend_ports_fd);
  std::set<uint32_t> wanted;
  for (const Port& port : ports_) {
    if (port.interface && backends_only_.contains(port.name))
      wanted.insert(port.interface->ifindex);
  }
  if (auto removed = remove_others(map, wanted); !removed) return removed;
  for (const uint32_t ifindex : wanted) {
    if (auto added = add(map, ifindex); !added) return added;
  }
  return {};
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "dataplane/router_ports.h"

#include <net/if.h>

#include <algorithm>
#include <array>

#include "abi/ricochet.h"
#include "dataplane/xdp_links.h"
#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

// By its name; else the interface that the pinned link is on, which was renamed since.
Result<Interface> find_port(const std::string& name, const StateDir& state) {
  auto found = find_interface(name);
  if (found) return found;
  std::array<char, IF_NAMESIZE> renamed{};
  const uint32_t ifindex = linked_ifindex(state.link_pin(name));
  if (ifindex == 0 || ::if_indextoname(ifindex, renamed.data()) == nullptr) return found;
  return find_interface(renamed.data());
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
    if (interface) {
      port.interface = *std::move(interface);
    } else {
      spdlog::warn("waiting for a port: {}", interface.error().message);
    }
  }
  return ports;
}

Result<void> RouterPorts::fill(int devmap_fd, int backend_ports_fd) {
  devmap_fd_ = devmap_fd;
  backend_ports_fd_ = backend_ports_fd;
  for (size_t index = 0; index < ports_.size(); ++index) {
    if (auto written = write(index); !written) return written;
  }
  return {};
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
  auto written = write(index);
  if (written && taken_over_) written = write_backend_ports();
  if (written) return written;
  ports_[index].interface.reset();
  (void)write(index);  // what failed is what there is to tell
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

Result<void> RouterPorts::write(size_t index) {
  const BpfMap<uint32_t, uint32_t> devmap("ports", devmap_fd_);
  const auto key = static_cast<uint32_t>(index);
  auto& interface = ports_[index].interface;
  if (interface) {
    auto set = devmap.set(key, interface->ifindex);
    if (set || is_there(interface->ifindex)) return set;
    interface.reset();
  }
  return devmap.remove(key);
}

// What stays is not touched: packets are being judged by it.
Result<void> RouterPorts::write_backend_ports() const {
  const BpfMap<uint32_t, uint32_t> map("backend_ports", backend_ports_fd_);
  std::set<uint32_t> wanted;
  for (const Port& port : ports_) {
    if (port.interface && backends_only_.contains(port.name))
      wanted.insert(port.interface->ifindex);
  }
  for (const auto& [ifindex, unused] : map.entries()) {
    if (wanted.contains(ifindex)) continue;
    if (auto removed = map.remove(ifindex); !removed) return removed;
  }
  for (const uint32_t ifindex : wanted) {
    if (auto set = map.set(ifindex, 0); !set) return set;
  }
  return {};
}

}  // namespace ricochet

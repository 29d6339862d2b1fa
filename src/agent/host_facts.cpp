// SPDX-License-Identifier: Apache-2.0
#include <net/route.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "agent/device_facts.h"
#include "agent/host_check.h"
#include "agent/service_addresses.h"

namespace ricochet {
namespace {

constexpr std::string_view kStateListen = "0A";  // of /proc/net/tcp
constexpr std::string_view kAnyAddress = "00000000";

std::optional<int> read_sysctl(const std::string& name) {
  std::ifstream file("/proc/sys/net/ipv4/" + name);
  int value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// The kernel takes the larger of the two for the settings that matter here.
std::optional<int> effective_sysctl(const std::string& interface, const std::string& name) {
  const auto all = read_sysctl("conf/all/" + name);
  const auto own = read_sysctl("conf/" + interface + "/" + name);
  if (!all || !own) return std::nullopt;
  return std::max(*all, *own);
}

// Local addresses of the listeners in one of /proc/net/tcp and tcp6; "address:port" in
// hexadecimal, as the words lie in memory. A tcp6 listener on :: counts as any.
void read_listeners(const char* path, std::set<Address>& listening) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state;
    if (!(words >> slot >> local >> remote >> state) || state != kStateListen) continue;
    const std::string_view address = std::string_view(local).substr(0, local.find(':'));
    const std::string_view word =
        address.substr(address.size() - std::min<size_t>(8, address.size()));
    uint32_t value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value, 16);
    listening.insert(Address::from_ipv4_network_order(value));
  }
}

// /proc/net/route: interface, destination, gateway, flags, three numbers, mask; in hexadecimal.
bool has_default_route() {
  std::ifstream file("/proc/net/route");
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string interface, destination, gateway, references, uses, metric, mask;
    unsigned flags = 0;
    if (!(words >> interface >> destination >> gateway >> std::hex >> flags >> references >> uses >>
          metric >> mask)) {
      continue;
    }
    const bool usable = (flags & RTF_UP) != 0 && (flags & RTF_REJECT) == 0;
    if (usable && destination == kAnyAddress && mask == kAnyAddress) return true;
  }
  return false;
}

bool has_vlans(const std::string& interface) {
  std::ifstream file("/proc/net/vlan/config");
  std::string line;
  while (std::getline(file, line)) {
    if (device_below_vlan(line) == interface) return true;
  }
  return false;
}

}  // namespace

std::string device_below_vlan(const std::string& line) {
  std::string below;
  const size_t bar = line.rfind('|');
  if (bar != std::string::npos) std::istringstream(line.substr(bar + 1)) >> below;
  return below;
}

HostFacts read_host_facts(const std::string& interface) {
  HostFacts facts;
  facts.interface = interface;
  if (auto addresses = find_loopback_addresses()) facts.on_loopback = *std::move(addresses);
  read_listeners("/proc/net/tcp", facts.listening);
  read_listeners("/proc/net/tcp6", facts.listening);
  facts.arp_ignore = effective_sysctl(interface, "arp_ignore");
  facts.arp_announce = effective_sysctl(interface, "arp_announce");
  facts.rp_filter = effective_sysctl(interface, "rp_filter");
  facts.tcp_syncookies = read_sysctl("tcp_syncookies");
  facts.default_route = has_default_route();
  facts.kernel_btf = std::filesystem::exists("/sys/kernel/btf/vmlinux");
  facts.has_vlans = has_vlans(interface);
  read_device(facts);
  return facts;
}

}  // namespace ricochet

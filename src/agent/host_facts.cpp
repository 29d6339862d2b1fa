// SPDX-License-Identifier: Apache-2.0
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include "agent/host_check.h"
#include "agent/service_addresses.h"
#include "util/fd.h"

namespace ricochet {
namespace {

constexpr std::string_view kStateListen = "0A";  // of /proc/net/tcp

std::optional<int> read_sysctl(const std::string& scope, std::string_view name) {
  std::ifstream file("/proc/sys/net/ipv4/conf/" + scope + "/" + std::string(name));
  int value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// The kernel takes the larger of the two for the settings that matter here.
std::optional<int> effective_sysctl(const std::string& interface, std::string_view name) {
  const auto all = read_sysctl("all", name);
  const auto own = read_sysctl(interface, name);
  if (!all || !own) return std::nullopt;
  return std::max(*all, *own);
}

// Local addresses of the listeners in one of /proc/net/tcp and tcp6; "address:port" in
// hexadecimal, as the words lie in memory. A tcp6 listener on :: counts as any.
void read_listeners(const char* path, std::set<Ipv4Address>& listening) {
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
    listening.insert(Ipv4Address::from_network_order(value));
  }
}

template <class Argument>
bool ethtool(int socket, const std::string& interface, Argument& argument) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&argument);
  return ::ioctl(socket, SIOCETHTOOL, &request) == 0;
}

void read_device(HostFacts& facts) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  facts.interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(socket.get(), SIOCGIFMTU, &request) == 0) {
    facts.mtu_bytes = static_cast<uint32_t>(request.ifr_mtu);
  }
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ethtool_value checksum{};
  checksum.cmd = ETHTOOL_GTXCSUM;
  facts.veth_checksum_offload =
      ethtool(socket.get(), facts.interface, driver) && std::string_view(driver.driver) == "veth" &&
      ethtool(socket.get(), facts.interface, checksum) && checksum.data != 0;
}

}  // namespace

HostFacts read_host_facts(const std::string& interface) {
  HostFacts facts;
  facts.interface = interface;
  if (auto addresses = find_service_addresses()) facts.on_loopback = *std::move(addresses);
  read_listeners("/proc/net/tcp", facts.listening);
  read_listeners("/proc/net/tcp6", facts.listening);
  facts.arp_ignore = effective_sysctl(interface, "arp_ignore");
  facts.arp_announce = effective_sysctl(interface, "arp_announce");
  facts.rp_filter = effective_sysctl(interface, "rp_filter");
  read_device(facts);
  return facts;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "agent/host_check.h"

#include <fmt/format.h>

#include "net/prefix.h"

namespace ricochet {
namespace {

// Kernel documentation, networking/ip-sysctl: answer only for addresses of the interface asked,
// and never name an address of lo in a request of one's own.
constexpr int kArpIgnoreMin = 1;
constexpr int kArpAnnounceMin = 2;
constexpr int kRpFilterStrict = 1;
constexpr int kRpFilterLoose = 2;
constexpr uint32_t kEthernetMtuBytes = 1500;

Check in_order(std::string name, std::string found) {
  return {.name = std::move(name), .found = std::move(found), .problem = {}, .remedy = {}};
}

Check problem(std::string name, std::string what, std::string remedy) {
  return {std::move(name), {}, std::move(what), std::move(remedy)};
}

Check unreadable(std::string name) {
  return in_order(std::move(name), "not known: it cannot be read");
}

std::string sysctl_remedy(const std::string& interface, std::string_view name, int value) {
  return fmt::format("sysctl -w net.ipv4.conf.all.{}={} net.ipv4.conf.{}.{}={}", name, value,
                     interface, name, value);
}

Check check_interface(const HostFacts& facts) {
  if (!facts.exists) {
    return problem("interface", fmt::format("there is no interface {}", facts.interface),
                   "`ip link` lists them");
  }
  if (!facts.up) {
    return problem("interface", fmt::format("{} is down", facts.interface),
                   fmt::format("ip link set {} up, and look at its cable", facts.interface));
  }
  return in_order("interface", fmt::format("{} is up", facts.interface));
}

Check check_address(const HostFacts& facts, Address service) {
  const std::string address = service.to_string();
  const auto host_bits = static_cast<int>(Prefix(service).length());
  const auto found = facts.on_loopback.find(service);
  if (found == facts.on_loopback.end()) {
    return problem("service_address",
                   fmt::format("{} is not on lo: the kernel will not take its packets", address),
                   fmt::format("ip address add {}/{} dev lo", address, host_bits));
  }
  if (found->second != host_bits) {
    return problem(
        "service_address",
        fmt::format("{}/{} is on lo: this server takes all addresses of that prefix for its own",
                    address, found->second),
        fmt::format("ip address del {}/{} dev lo; ip address add {}/{} dev lo", address,
                    found->second, address, host_bits));
  }
  return in_order("service_address", fmt::format("{}/{} is on lo", address, host_bits));
}

Check check_listener(const HostFacts& facts, Address service) {
  const Address any = service.is_ipv4() ? Address() : Address(Address::Octets{});
  const std::string address = service.to_string();
  if (facts.listening.contains(service) || facts.listening.contains(any)) {
    return in_order("listener", fmt::format("a TCP server listens on {}", address));
  }
  return problem("listener",
                 fmt::format("nothing listens on {}: new connections get a RST", address),
                 "start the server, or take this host out of the pool");
}

Check check_arp_ignore(const HostFacts& facts) {
  if (!facts.arp_ignore) return unreadable("arp_ignore");
  if (*facts.arp_ignore >= kArpIgnoreMin) {
    return in_order("arp_ignore", fmt::format("{} on {}", *facts.arp_ignore, facts.interface));
  }
  return problem(
      "arp_ignore",
      fmt::format("arp_ignore is {} on {}: this server answers ARP for the service address and "
                  "draws its traffic past the router",
                  *facts.arp_ignore, facts.interface),
      sysctl_remedy(facts.interface, "arp_ignore", kArpIgnoreMin));
}

Check check_arp_announce(const HostFacts& facts) {
  if (!facts.arp_announce) return unreadable("arp_announce");
  if (*facts.arp_announce >= kArpAnnounceMin) {
    return in_order("arp_announce", fmt::format("{} on {}", *facts.arp_announce, facts.interface));
  }
  return problem("arp_announce",
                 fmt::format("arp_announce is {} on {}: this server may announce the service "
                             "address",
                             *facts.arp_announce, facts.interface),
                 sysctl_remedy(facts.interface, "arp_announce", kArpAnnounceMin));
}

Check check_rp_filter(const HostFacts& facts) {
  if (!facts.rp_filter) return unreadable("rp_filter");
  if (*facts.rp_filter != kRpFilterStrict) {
    return in_order("rp_filter", fmt::format("{} on {}", *facts.rp_filter, facts.interface));
  }
  return problem("rp_filter",
                 fmt::format("rp_filter is strict on {}: clients whose way back is another "
                             "interface are dropped",
                             facts.interface),
                 sysctl_remedy(facts.interface, "rp_filter", kRpFilterLoose));
}

Check check_mtu(const HostFacts& facts) {
  if (!facts.mtu_bytes) return unreadable("mtu");
  if (*facts.mtu_bytes >= kEthernetMtuBytes) {
    return in_order("mtu", fmt::format("{} on {}", *facts.mtu_bytes, facts.interface));
  }
  return problem("mtu",
                 fmt::format("the MTU of {} is {}: clients' packets of up to {} bytes are lost on "
                             "the way",
                             facts.interface, *facts.mtu_bytes, kEthernetMtuBytes),
                 fmt::format("ip link set {} mtu {}", facts.interface, kEthernetMtuBytes));
}

std::string describe(std::optional<bool> setting) {
  return !setting ? "unknown" : *setting ? "on" : "off";
}

Check check_offloads(const HostFacts& facts) {
  if (facts.driver == "veth" && facts.checksum_offload.value_or(false)) {
    return problem("offloads",
                   fmt::format("{} is a veth with transmit checksum offload: what it sends through "
                               "an XDP router on the same machine arrives with a bad checksum",
                               facts.interface),
                   fmt::format("ethtool -K {} tx off", facts.interface));
  }
  // Of a veth it is the peer that decides whether the tag is in the frame.
  if (facts.driver != "veth" && facts.has_vlans && facts.rxvlan.value_or(false)) {
    return problem("offloads",
                   fmt::format("{} takes VLAN tags out of frames (rxvlan) before the agent sees "
                               "them: what it bounces leaves without its tag",
                               facts.interface),
                   fmt::format("ethtool -K {} rxvlan off", facts.interface));
  }
  return in_order("offloads", fmt::format("transmit checksum {}, gro {}, lro {}, rxvlan {}",
                                          describe(facts.checksum_offload), describe(facts.gro),
                                          describe(facts.lro), describe(facts.rxvlan)));
}

Check check_syncookies(const HostFacts& facts) {
  if (!facts.tcp_syncookies) return unreadable("tcp_syncookies");
  if (*facts.tcp_syncookies != 0) {
    return in_order("tcp_syncookies", std::to_string(*facts.tcp_syncookies));
  }
  return problem("tcp_syncookies",
                 "tcp_syncookies is 0: a flood of SYNs keeps clients out of this server",
                 "sysctl -w net.ipv4.tcp_syncookies=1");
}

Check check_route(const HostFacts& facts) {
  if (facts.default_route) return in_order("default_route", "there is one");
  return problem("default_route",
                 "there is no default route: replies reach only clients that another route covers",
                 "ip route add default via GATEWAY");
}

}  // namespace

std::vector<Check> check_host(const HostFacts& facts, const std::set<Address>& services) {
  std::vector<Check> checks = {check_interface(facts)};
  if (services.empty()) {
    checks.push_back(
        problem("service_address", "there is no service address on lo: the agent guards nothing",
                "ip address add 10.0.10.0/32 dev lo, with the address of the service"));
  }
  for (const Address service : services) {
    checks.push_back(check_address(facts, service));
    checks.push_back(check_listener(facts, service));
  }
  if (facts.exists) {
    checks.push_back(check_arp_ignore(facts));
    checks.push_back(check_arp_announce(facts));
    checks.push_back(check_rp_filter(facts));
    checks.push_back(check_mtu(facts));
    checks.push_back(check_offloads(facts));
  }
  checks.push_back(check_syncookies(facts));
  checks.push_back(check_route(facts));
  return checks;
}

Check check_attach(const HostFacts& facts, bool agent_attached) {
  if (!facts.kernel_btf) {
    return problem("xdp", "the kernel has no BTF (/sys/kernel/btf/vmlinux), which the agent needs",
                   "take a kernel with CONFIG_DEBUG_INFO_BTF, such as Debian's");
  }
  if (agent_attached && facts.xdp != XdpMode::none) {
    return in_order("xdp",
                    fmt::format("the agent's program is attached to {} ({})", facts.interface,
                                facts.xdp == XdpMode::native ? "native" : "generic"));
  }
  if (facts.xdp != XdpMode::none) {
    return problem(
        "xdp",
        fmt::format("{} has another XDP program: the agent will be refused", facts.interface),
        fmt::format("if it is that of an agent, give its --state; else detach it by its "
                    "own tool, or by `ip link set dev {} xdp off`",
                    facts.interface));
  }
  if (facts.lro.value_or(false)) {
    return problem("xdp",
                   fmt::format("LRO is on for {}: drivers refuse native XDP then", facts.interface),
                   fmt::format("ethtool -K {} lro off", facts.interface));
  }
  return in_order("xdp",
                  fmt::format("nothing is in the way on {} (driver {}); the agent says at "
                              "start whether it runs native or generic",
                              facts.interface, facts.driver.empty() ? "unknown" : facts.driver));
}

}  // namespace ricochet

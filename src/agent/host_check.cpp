// SPDX-License-Identifier: Apache-2.0
#include "agent/host_check.h"

#include <fmt/format.h>

namespace ricochet {
namespace {

// Kernel documentation, networking/ip-sysctl: answer only for addresses of the interface asked,
// and never name an address of lo in a request of one's own.
constexpr int kArpIgnoreMin = 1;
constexpr int kArpAnnounceMin = 2;
constexpr int kRpFilterStrict = 1;
constexpr uint32_t kEthernetMtuBytes = 1500;

std::string sysctl_remedy(const std::string& interface, std::string_view name, int value) {
  return fmt::format("sysctl -w net.ipv4.conf.all.{}={} net.ipv4.conf.{}.{}={}", name, value,
                     interface, name, value);
}

void check_address(const HostFacts& facts, Ipv4Address service, std::vector<Finding>& findings) {
  const std::string address = service.to_string();
  if (!facts.on_loopback.contains(service)) {
    findings.push_back(
        {fmt::format("{} is not on lo: the kernel will not take its packets", address),
         fmt::format("ip address add {}/32 dev lo", address)});
  }
  if (!facts.listening.contains(service) && !facts.listening.contains(Ipv4Address())) {
    findings.push_back({fmt::format("nothing listens on {}: new connections get a RST", address),
                        "start the server, or take this host out of the pool"});
  }
}

void check_arp(const HostFacts& facts, std::vector<Finding>& findings) {
  if (facts.arp_ignore && *facts.arp_ignore < kArpIgnoreMin) {
    findings.push_back(
        {fmt::format("arp_ignore is {} on {}: this server answers ARP for the service address and "
                     "draws its traffic past the router",
                     *facts.arp_ignore, facts.interface),
         sysctl_remedy(facts.interface, "arp_ignore", kArpIgnoreMin)});
  }
  if (facts.arp_announce && *facts.arp_announce < kArpAnnounceMin) {
    findings.push_back(
        {fmt::format("arp_announce is {} on {}: this server may announce the service address",
                     *facts.arp_announce, facts.interface),
         sysctl_remedy(facts.interface, "arp_announce", kArpAnnounceMin)});
  }
}

}  // namespace

std::vector<Finding> check_host(const HostFacts& facts, const std::set<Ipv4Address>& services) {
  std::vector<Finding> findings;
  for (const Ipv4Address service : services) check_address(facts, service, findings);
  check_arp(facts, findings);
  if (facts.rp_filter == kRpFilterStrict) {
    findings.push_back(
        {fmt::format("rp_filter is strict on {}: clients whose way back is another interface are "
                     "dropped",
                     facts.interface),
         sysctl_remedy(facts.interface, "rp_filter", 2)});
  }
  if (facts.veth_checksum_offload) {
    findings.push_back(
        {fmt::format("{} is a veth with transmit checksum offload: what it sends through an XDP "
                     "router on the same machine arrives with a bad checksum",
                     facts.interface),
         fmt::format("ethtool -K {} tx off", facts.interface)});
  }
  if (facts.mtu_bytes != 0 && facts.mtu_bytes < kEthernetMtuBytes) {
    findings.push_back(
        {fmt::format("the MTU of {} is {}: clients' packets of up to {} bytes are lost on the way",
                     facts.interface, facts.mtu_bytes, kEthernetMtuBytes),
         fmt::format("ip link set {} mtu {}", facts.interface, kEthernetMtuBytes)});
  }
  return findings;
}

}  // namespace ricochet

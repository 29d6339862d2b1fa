// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a server as a backend of an L2 balancer (direct server return). All of it is
// advice: the agent starts nevertheless.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/ipv4.h"

namespace ricochet {

struct Finding {
  std::string problem;  // "arp_ignore is 0 on veth1: ..."
  std::string remedy;   // a command
};

// What is looked at; read_host_facts() takes it from the kernel, tests make it up.
struct HostFacts {
  std::string interface;
  std::set<Ipv4Address> on_loopback;
  std::set<Ipv4Address> listening;  // local addresses of TCP listeners; 0.0.0.0 is any
  std::optional<int> arp_ignore;    // of all and the interface, the larger; nothing: unreadable
  std::optional<int> arp_announce;
  std::optional<int> rp_filter;
  uint32_t mtu_bytes = 0;
  bool veth_checksum_offload = false;  // a veth that leaves checksums to a NIC that is not there
};

HostFacts read_host_facts(const std::string& interface);

std::vector<Finding> check_host(const HostFacts& facts, const std::set<Ipv4Address>& services);

}  // namespace ricochet

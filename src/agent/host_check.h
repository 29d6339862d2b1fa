// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a server as a backend of an L2 balancer (direct server return). All of it is
// advice: the agent starts nevertheless.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/address.h"

namespace ricochet {

// One thing that was looked at.
struct Check {
  std::string name;     // a word, "arp_ignore"; several checks may share one
  std::string found;    // if it is in order: "1 on eth0"
  std::string problem;  // if not: "arp_ignore is 0 on eth0: ..."
  std::string remedy;   // then a command, or what to do

  [[nodiscard]] bool ok() const { return problem.empty(); }
};

enum class XdpMode { none, generic, native };

// What is looked at; read_host_facts() takes it from the kernel, tests make it up. What is optional
// may be unreadable, and is not complained about then.
struct HostFacts {
  std::string interface;
  bool exists = false;
  bool up = false;
  std::map<Address, int> on_loopback;  // address -> length of its prefix in bits
  std::set<Address> listening;         // local addresses of TCP listeners; 0.0.0.0 is any
  std::optional<int> arp_ignore;       // of all and the interface, the larger
  std::optional<int> arp_announce;
  std::optional<int> rp_filter;
  std::optional<int> tcp_syncookies;
  std::optional<uint32_t> mtu_bytes;
  bool default_route = false;
  std::string driver;                    // "veth"; empty if it does not say
  std::optional<bool> checksum_offload;  // when sending
  std::optional<bool> gro;
  std::optional<bool> lro;
  std::optional<bool> rxvlan;   // it takes VLAN tags out of the frames that it receives
  bool has_vlans = false;       // devices of VLANs are on top of it
  XdpMode xdp = XdpMode::none;  // of whatever program is attached
  bool kernel_btf = true;       // the kernel describes its types, which the program needs
};

HostFacts read_host_facts(const std::string& interface);

// What a VLAN's device is on top of, by a line of /proc/net/vlan/config (name, number and that,
// with bars between); nothing for a heading.
std::string device_below_vlan(const std::string& line);

// In the order in which people set a server up. Without an interface there is little to check.
std::vector<Check> check_host(const HostFacts& facts, const std::set<Address>& services);

// Whether the agent's program can be attached, as far as that is known before it is tried.
// agent_attached: what is attached is the agent's own program.
Check check_attach(const HostFacts& facts, bool agent_attached);

}  // namespace ricochet

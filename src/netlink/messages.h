// SPDX-License-Identifier: Apache-2.0
// What the kernel says about its interfaces and neighbours, as values. Pure.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <string>

#include "net/address.h"
#include "net/mac.h"

struct nlattr;

namespace ricochet {

// A network interface.
struct Link {
  uint32_t ifindex = 0;
  std::string name;
  MacAddress mac;   // zero for what is not Ethernet
  bool up = false;  // set up by the operator, and with a carrier
  uint32_t mtu_bytes = 0;
  std::string kind;  // of a virtual interface: "vlan", "bond", "veth"...; else empty

  bool operator==(const Link&) const = default;
};

// An IPv4 entry of the kernel's neighbour table.
struct KernelNeighbour {
  uint32_t ifindex = 0;
  Address address;
  std::optional<MacAddress> mac;  // as long as the kernel trusts it
  uint16_t state = 0;             // NUD_*
  uint8_t flags = 0;              // NTF_*
  uint32_t extended_flags = 0;    // NTF_EXT_*
  uint8_t protocol = 0;           // who made it, RTPROT_*; 0 when nobody said

  bool operator==(const KernelNeighbour&) const = default;
};

// Of RTM_NEWLINK and RTM_DELLINK. Nothing if the message is malformed or is not about the interface
// itself, such as one about its being the port of a bridge.
std::optional<Link> parse_link(nlmsghdr& message);

// Of RTM_NEWNEIGH and RTM_DELNEIGH. Nothing if the message is malformed or about something else,
// such as an entry of a bridge's table or of proxy ARP, or a link-local address: nothing is sent on
// to such a one.
std::optional<KernelNeighbour> parse_neighbour(nlmsghdr& message);

// The value of an attribute; nothing if there is none (nullptr) or its length is another's.
std::optional<uint32_t> read_u32(const nlattr* attribute);
std::optional<Address> read_address(const nlattr* attribute);  // of either family

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
// Messages as the kernel sends them about interfaces and neighbours.
#pragma once

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "net/address.h"
#include "netlink/route_socket.h"

namespace ricochet::test {

inline constexpr unsigned kLowerUpFlag = 1U << 16;  // IFF_LOWER_UP

class KernelMessage {
 public:
  static KernelMessage of_link(uint16_t type, int ifindex, unsigned flags,
                               unsigned char family = AF_UNSPEC) {
    ifinfomsg header{};
    header.ifi_family = family;
    header.ifi_index = ifindex;
    header.ifi_flags = flags;
    return {type, header};
  }
  static KernelMessage of_neighbour(uint16_t type, int ifindex, uint16_t state, uint8_t flags = 0,
                                    unsigned char family = AF_INET) {
    ndmsg header{};
    header.ndm_family = family;
    header.ndm_ifindex = ifindex;
    header.ndm_state = state;
    header.ndm_flags = flags;
    return {type, header};
  }

  template <class Value>
  KernelMessage with(int attribute, const Value& value) && {
    put(*message_, attribute, value);
    return std::move(*this);
  }
  KernelMessage with(int attribute, const std::string& text) && {
    put(*message_, attribute, text.c_str(), text.size() + 1);
    return std::move(*this);
  }
  KernelMessage with_kind(const std::string& kind) && {
    nlattr* info = nla_nest_start(message_.get(), IFLA_LINKINFO);
    put(*message_, IFLA_INFO_KIND, kind.c_str(), kind.size() + 1);
    nla_nest_end(message_.get(), info);
    return std::move(*this);
  }

  nlmsghdr& operator*() const { return *nlmsg_hdr(message_.get()); }

 private:
  template <class Header>
  KernelMessage(uint16_t type, const Header& header) : message_(netlink_message(type, 0)) {
    append(*message_, &header, sizeof(header));
  }
  NetlinkMessage message_;
};

using Octets = std::array<uint8_t, 6>;
inline constexpr Octets kMac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr Octets kOtherMac{0x02, 0, 0, 0, 0, 0x02};

inline KernelMessage a_link(uint16_t type, int ifindex, const std::string& name,
                            uint32_t mtu_bytes = 1500) {
  return KernelMessage::of_link(type, ifindex, IFF_UP | kLowerUpFlag)
      .with(IFLA_IFNAME, name)
      .with(IFLA_ADDRESS, kMac)
      .with(IFLA_MTU, mtu_bytes);
}

inline KernelMessage a_neighbour(uint16_t type, int ifindex, uint16_t state,
                                 const Octets& mac = kMac) {
  return KernelMessage::of_neighbour(type, ifindex, state)
      .with(NDA_DST, Address::parse("10.0.0.1")->ipv4_network_order())
      .with(NDA_LLADDR, mac);
}

}  // namespace ricochet::test

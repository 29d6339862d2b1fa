// SPDX-License-Identifier: Apache-2.0
// Copies of a frame with one and two VLAN tags.
#pragma once

#include <linux/if_ether.h>

#include <vector>

#include "packet_builder.h"

namespace ricochet::test {

inline constexpr uint16_t kVlanControl = 0x6064;  // priority 3, VLAN 100

inline std::vector<Packet> tagged(const Packet& packet) {
  return {packet.vlan(ETH_P_8021Q, kVlanControl), packet.vlan(ETH_P_8021Q, 0),
          packet.vlan(ETH_P_8021AD, kVlanControl),
          packet.vlan(ETH_P_8021AD, kVlanControl).vlan(ETH_P_8021Q, 0x0fff),
          packet.vlan(ETH_P_8021Q, 7).vlan(ETH_P_8021Q, 8)};
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
//
// Frames that are not TCP over IPv4 without tags. The client's address of IPv6 ends in that of
// IPv4.
#pragma once

#include <cstdint>
#include <span>

#include "abi/address.h"
#include "frame.h"

namespace ricochet::bench {

// With this payload, of flow 0 to kServiceAddress.
Frame make_udp_frame(uint16_t destination_port, std::span<const uint8_t> payload = {});
// ICMP echo from flow 0, of which only the address counts, to kServiceAddress: the request, and
// what answers it.
Frame make_echo_request();
void set_echo_flow(Frame& request, uint32_t flow);
Frame echo_reply_to(const Frame& request);
// With a VLAN tag; what no longer fits is cut off.
Frame tagged(const Frame& frame);

// 2001:db8::x, where x is the address of IPv4.
rch_address make_address6(uint32_t ipv4_network_order);
// A segment of TCP with ACK, of flow 0 to make_address6(kServiceAddress).
Frame make_ipv6_frame(uint16_t destination_port);
void set_ipv6_flow(Frame& frame, uint32_t flow);
void set_hop_limit(Frame& frame, uint8_t hops);

}  // namespace ricochet::bench

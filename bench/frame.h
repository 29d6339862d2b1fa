// SPDX-License-Identifier: Apache-2.0
//
// The packet of the bench: 60 bytes of Ethernet, IPv4, TCP and a payload.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "bench/harness.h"

namespace ricochet::bench {

using Frame = std::array<uint8_t, BENCH_FRAME_BYTES>;
using Mac = std::array<uint8_t, 6>;

// The MAC addresses of a frame as it arrives.
inline constexpr Mac kRouterMac = {0x02, 0x52, 0x43, 0x48, 0x00, 0x01};
inline constexpr Mac kClientMac = {0x02, 0x52, 0x43, 0x48, 0x00, 0x02};

inline constexpr uint8_t kTtl = 64;
inline constexpr uint32_t kServiceAddress = 0x7f000a01;  // 127.0.10.1, in host order
inline constexpr uint32_t kSequence = 0x20000000;        // of every TCP segment

enum class TcpFlags : uint8_t { kSyn = 0x02, kAck = 0x10 };

// A segment of flow 0 to kServiceAddress.
Frame make_frame(uint16_t destination_port, TcpFlags flags);

// The functions below keep the IP checksum right.
void set_flow(Frame& frame, uint32_t flow);
void set_routed_flow(Frame& frame, uint32_t flow);             // from bench_routed_address
void set_destination_address(Frame& frame, uint32_t address);  // host order
void set_fragment(Frame& frame, uint16_t flags_and_offset);    // as in the header
void set_tos(Frame& frame, uint8_t tos);
void set_ttl(Frame& frame, uint8_t ttl);
// Of the Internet (RFC 1071), of an even number of bytes.
uint16_t internet_checksum(std::span<const uint8_t> bytes);

void set_destination_mac(Frame& frame, const Mac& mac);
void set_source_mac(Frame& frame, const Mac& mac);
void swap_macs(Frame& frame);

// What differs, byte for byte, for a person; empty if nothing does.
std::string describe_difference(const Frame& expected, const Frame& actual);

}  // namespace ricochet::bench

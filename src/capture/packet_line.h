// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "capture/captured_packet.h"

namespace ricochet {

// "S", "S.", "P.", "F.", "R": one character a flag, in the order FSRP.UEW; "." is ACK, E and W are
// those of ECN. "none" without any.
std::string format_tcp_flags(uint8_t flags);

// One packet on one line, without the end of line; the time of day is local.
// "15:04:05.123456789 veth1 out 10.0.99.1:40000 > 10.0.10.0:80: Flags [P.], seq 1:10, ack 7,
//  length 9, ToS 0x0c (attempt 1) | bounced"
std::string format_packet_line(const CapturedPacket& packet, std::string_view interface_name);

}  // namespace ricochet

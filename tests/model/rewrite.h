// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 3: what is changed in a frame that is sent on.
#pragma once

#include "headers.h"

namespace ricochet::reference {

void set_macs(Bytes& frame, const Mac& destination, const Mac& source);

// Of a frame whose headers were read; of IPv6 traffic class and hop limit. The checksum of the IPv4
// header is as right or as wrong as it was: an error on the way to here must not be covered up, so
// that the receiver sees it.
void set_tos_and_ttl(Bytes& frame, const Headers& headers, uint8_t tos, uint8_t ttl);

// Makes an echo request the reply to it, to be sent back to where it came from: with this TTL, and
// a checksum of the message that is as right or as wrong as it was.
void answer_echo(Bytes& frame, const Headers& headers, uint8_t ttl);

}  // namespace ricochet::reference

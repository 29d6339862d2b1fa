// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 1: what the readers of a frame share. Each looks at the frame from `at`
// on.
#pragma once

#include "headers.h"

namespace ricochet::reference {

// ICMP of either version: type, code, checksum and four bytes more.
inline constexpr size_t kIcmpHeaderBytes = 8;

uint16_t number16(const Bytes& bytes, size_t at);
uint32_t number32(const Bytes& bytes, size_t at);

bool has_ports(uint8_t protocol);

// Of an IP header, and of all that is behind it. Nothing if it can be read.
std::optional<Unreadable> read_ipv4(const Bytes& frame, Headers& headers);
std::optional<Unreadable> read_ipv6(const Bytes& frame, Headers& headers);

// TCP or UDP. False if it is malformed.
bool read_transport(const Bytes& frame, Headers& headers);

// What an ICMP error quotes of a packet that its receiver sent becomes the flow, turned round.
// Where there are not even ports and TCP's sequence number, the flow stays the error's own.
void read_quoted_transport(const Bytes& frame, size_t at, const Flow& sent, Headers& headers);

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
// A frame in its fields, each free to lie. The packet builder of the other tests keeps a frame
// right where it can; here it may be wrong in any way.
#pragma once

#include "headers.h"
#include "random.h"

namespace ricochet::test {

using reference::Bytes;
using reference::Mac;

// Of IPv6.
struct ExtensionFields {
  uint8_t type = reference::kDestinationOptions;
  uint8_t units = 0;           // as it says, and as long it is
  uint16_t fragment_word = 0;  // of a fragment header, which has no length
};

struct FrameFields {
  Mac destination_mac{0x02, 0, 0, 0, 0xa0, 0x01};
  Mac source_mac{0x02, 0, 0, 0, 0xc1, 0x01};
  uint8_t tos = 0;
  uint32_t id = 0;
  uint16_t fragment_word = 0;  // of IPv4
  uint8_t ttl = 64;
  uint8_t protocol = reference::kTcpProtocol;
  reference::Address source;
  reference::Address destination;
  uint32_t option_words = 0;  // of IPv4, up to 10
  std::vector<ExtensionFields> extensions;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
  uint8_t tcp_flags = 0x10;
  size_t payload_bytes = 0;
  Bytes payload;                    // what it begins with, as far as it is as long; zeros follow
  std::vector<uint32_t> vlan_tags;  // EtherType and control, as one number; after all else
  uint8_t icmp_type = 8;
  uint8_t icmp_code = 0;
  uint16_t icmp_checksum = 0;
  Bytes icmp_quote;  // of a packet, from its IP header on

  // The family of the packet.
  [[nodiscard]] bool is_ipv4() const { return destination.is_ipv4(); }
};

// Lengths, version and the checksum of IP are right; those of transports are not. Behind the header
// of a later fragment of IPv6 is what is behind that of a first one: bytes that nobody should read.
Bytes to_frame(const FrameFields& fields);
// Of a frame without tags.
bool has_ipv4_header(const Bytes& frame);

// Makes the checksum of the IPv4 header right, if there is a whole one.
void mend_ip_checksum(Bytes& frame);

// Makes the frame wrong, or only odd, in one of many ways: cut short at any place, numbers of any
// header that lie, single bits turned over.
void damage(Random& random, Bytes& frame);

// The programs see the first buffer of a frame, the model all of it: a frame of IPv6 that is longer
// ends there, unless its headers end well before.
void keep_headers_in_first_buffer(Bytes& frame);

// What is often odd in a good frame: TTL near its end, fragments, options, payloads of all sizes,
// tags.
void vary(Random& random, FrameFields& fields);

// Makes it an ICMP message of its family, mostly an error about what was sent back to its sender.
void quote(Random& random, FrameFields& fields);

// Makes it an echo request of its family, mostly one that may be answered.
void ask_echo(Random& random, FrameFields& fields);

// Makes it a later fragment, or a first one.
void be_fragment(Random& random, FrameFields& fields);

// Few, so that fragments meet their first one.
uint32_t some_id(Random& random, const reference::Address& destination);

// Each mark as DSCP and as ecmp-er, with any ECN bits; what would be the next mark if there were
// one more; no mark; any byte.
uint8_t random_tos(Random& random);
uint8_t random_tcp_flags(Random& random);

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
//
// What a person wants to know of a packet at a glance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/address.h"
#include "net/mac.h"

namespace ricochet {

// Of either family.
struct IpSummary {
  Address source;
  Address destination;
  uint8_t protocol = 0;        // of IPv6 that of the first header behind it
  uint8_t tos = 0;             // or traffic class
  uint8_t ttl = 0;             // or hop limit
  bool fragment = false;       // of any position; nothing behind the IP header is looked at
  uint16_t payload_bytes = 0;  // behind the IP header, by the header's own count
};

struct PortsSummary {
  uint16_t source = 0;
  uint16_t destination = 0;
};

struct TcpSummary {
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;  // means something with the ACK flag only
  uint8_t flags = 0;             // as in the header: FIN is bit 0
  uint16_t payload_bytes = 0;
};

// The packet that an ICMP error of IPv4 is about, as far as the error quotes it. Filters match by
// its flow.
struct QuoteSummary {
  Address source;
  Address destination;
  uint8_t protocol = 0;
  std::optional<PortsSummary> ports;  // TCP and UDP
};

// The layers that were found whole and consistent, from the outside in.
struct PacketSummary {
  MacAddress destination_mac;
  MacAddress source_mac;
  std::vector<uint16_t> vlans;  // their numbers, from the outside in; two at most
  uint16_t ethertype = 0;       // of what the tags are around
  std::optional<IpSummary> ip;
  std::optional<PortsSummary> ports;  // TCP and UDP
  std::optional<TcpSummary> tcp;
  std::optional<QuoteSummary> quote;
};

// Nothing if not even the Ethernet header is whole. Any bytes are safe.
std::optional<PacketSummary> summarise(std::span<const uint8_t> packet);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 1: what a frame says. All numbers are in host order.
//
// tests/model says what the programs of bpf/ do to a packet, written from the design by other means
// than theirs, so that the two can be held against each other (tests/bpf/differential). It shares
// no code with bpf/ and takes from abi/ the names of verdicts and the limits alone.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "address.h"

namespace ricochet::reference {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;

inline constexpr size_t kEthernetBytes = 14;
inline constexpr size_t kIpv6HeaderBytes = 40;
inline constexpr uint8_t kIcmpProtocol = 1;
inline constexpr uint8_t kTcpProtocol = 6;
inline constexpr uint8_t kUdpProtocol = 17;
inline constexpr uint8_t kIcmpv6Protocol = 58;

// Those of IPv6 that are not yet the transport.
inline constexpr uint8_t kHopByHop = 0;
inline constexpr uint8_t kRouting = 43;
inline constexpr uint8_t kFragmentHeader = 44;
inline constexpr uint8_t kAuthentication = 51;
inline constexpr uint8_t kDestinationOptions = 60;
inline constexpr uint8_t kMobility = 135;
inline constexpr std::array kExtensionHeaders = {
    kHopByHop, kRouting, kFragmentHeader, kAuthentication, kDestinationOptions, kMobility};

struct Tcp {
  bool syn = false;
  bool ack = false;
  bool rst = false;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
};

// What a packet is about, as the client sends it; of an ICMP error that of the packet it quotes.
struct Flow {
  Address source;
  Address destination;
  uint8_t protocol = 0;
  uint16_t source_port = 0;  // 0 in a packet without ports
  uint16_t destination_port = 0;
  bool operator==(const Flow&) const = default;
};

// A later one is one that lacks what its first one tells: ports and, where extension headers of
// IPv6 are cut off, the protocol.
enum class Fragment { none, first, later };

struct ExtensionHeader {
  size_t at = 0;  // in the frame
  size_t bytes = 0;
};

struct Headers {
  Mac destination_mac{};
  Mac source_mac{};
  size_t ip_at = 0;            // behind the Ethernet header and its VLAN tags
  size_t ip_header_bytes = 0;  // of IPv4 with options, of IPv6 without extension headers
  std::vector<ExtensionHeader> extensions;
  size_t transport_at = 0;   // in the frame, behind all of these
  uint8_t tos = 0;           // traffic class
  uint32_t total_bytes = 0;  // as IP says, whatever the length of the frame
  uint32_t id = 0;
  Fragment fragment = Fragment::none;
  uint8_t ttl = 0;       // hop limit
  uint8_t protocol = 0;  // of a later fragment what its fragment header says
  Address source;
  Address destination;
  bool neighbour_discovery = false;
  bool asks_echo = false;  // in one piece
  Flow flow;
  std::optional<Tcp> tcp;
  size_t datagram_at = 0;                   // what UDP carries; 0: its header is not there
  std::optional<uint32_t> quoted_sequence;  // of an ICMP error about TCP

  [[nodiscard]] bool is_ipv4() const { return destination.is_ipv4(); }
  [[nodiscard]] bool opens() const { return tcp && tcp->syn && !tcp->ack; }
};

// Why there are no headers to be had.
enum class Unreadable {
  not_ip,
  malformed,   // cut short, or in contradiction with itself
  extensions,  // more headers of IPv6 than are read
};

std::variant<Headers, Unreadable> read_headers(const Bytes& frame);

// What the fragments of one packet have in common. Those of IPv6 do not all tell the protocol: 0.
struct FragmentKey {
  Address source;
  Address destination;
  uint32_t id = 0;
  uint8_t protocol = 0;
  auto operator<=>(const FragmentKey&) const = default;
};

FragmentKey fragment_key(const Headers& headers);
// Of a frame that is the first fragment of its packet.
std::optional<FragmentKey> first_fragment_key(const Bytes& frame);

}  // namespace ricochet::reference

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

namespace ricochet::reference {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;
using Address = uint32_t;

inline constexpr size_t kEthernetBytes = 14;
inline constexpr uint8_t kIcmpProtocol = 1;
inline constexpr uint8_t kTcpProtocol = 6;
inline constexpr uint8_t kUdpProtocol = 17;

struct Tcp {
  bool syn = false;
  bool ack = false;
  bool rst = false;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
};

// What a packet is about, as the client sends it; of an ICMP error that of the packet it quotes.
struct Flow {
  Address source = 0;
  Address destination = 0;
  uint8_t protocol = 0;
  uint16_t source_port = 0;  // 0 in a packet without ports
  uint16_t destination_port = 0;
  bool operator==(const Flow&) const = default;
};

enum class Fragment {
  none,
  first,  // of a protocol with ports, which it tells
  later,  // of a protocol with ports, which it does not tell
};

struct Headers {
  Mac destination_mac{};
  Mac source_mac{};
  size_t ip_at = 0;            // behind the Ethernet header and its VLAN tags
  size_t ip_header_bytes = 0;  // with options
  uint8_t tos = 0;
  uint16_t total_bytes = 0;  // as IP says, whatever the length of the frame
  uint16_t id = 0;
  Fragment fragment = Fragment::none;
  uint8_t ttl = 0;
  uint8_t protocol = 0;
  Address source = 0;
  Address destination = 0;
  Flow flow;
  std::optional<Tcp> tcp;
  std::optional<uint32_t> quoted_sequence;  // of an ICMP error about TCP

  [[nodiscard]] bool opens() const { return tcp && tcp->syn && !tcp->ack; }
};

// Why there are no headers to be had.
enum class Unreadable {
  not_ipv4,
  malformed,  // cut short, or in contradiction with itself
};

std::variant<Headers, Unreadable> read_headers(const Bytes& frame);

// What the fragments of one packet have in common.
struct FragmentKey {
  Address source = 0;
  Address destination = 0;
  uint16_t id = 0;
  uint8_t protocol = 0;
  auto operator<=>(const FragmentKey&) const = default;
};

FragmentKey fragment_key(const Headers& headers);
// Of a frame that is the first fragment of its packet.
std::optional<FragmentKey> first_fragment_key(const Bytes& frame);

}  // namespace ricochet::reference

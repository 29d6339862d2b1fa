// SPDX-License-Identifier: Apache-2.0
// Packets said in fields. Lengths and checksums are computed, so that an expected packet is the
// sent one with a few fields changed, and a checksum patched wrongly by a program shows.
#pragma once

#include <linux/if_ether.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ricochet::test {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, ETH_ALEN>;

// Host order: ipv4(10, 0, 10, 0).
constexpr uint32_t ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(a) << 24 | static_cast<uint32_t>(b) << 16 |
         static_cast<uint32_t>(c) << 8 | d;
}

// Host order, both.
struct Endpoint {
  uint32_t address = 0;
  uint16_t port = 0;
};

enum TcpFlag : uint8_t { kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10 };

// One Ethernet frame with an IPv4 packet. A value: each setter gives a changed copy.
class Packet {
 public:
  static Packet tcp(Endpoint source, Endpoint destination, uint8_t flags = kAck);
  static Packet udp(Endpoint source, Endpoint destination);
  static Packet icmp(uint32_t source, uint32_t destination);  // an echo request
  // Of any type, with what quotes the packet that it is about.
  static Packet icmp_error(uint32_t source, uint32_t destination, uint8_t type, const Bytes& quote);
  // A transport that the programs do not know: only the payload follows the IP header.
  static Packet other(uint8_t protocol, uint32_t source, uint32_t destination);

  [[nodiscard]] Packet macs(const Mac& source, const Mac& destination) const;
  [[nodiscard]] Packet ether_type(uint16_t type) const;
  // One more tag, inside of those that are there.
  [[nodiscard]] Packet vlan(uint16_t ether_type, uint16_t control) const;
  [[nodiscard]] Packet tos(uint8_t tos) const;
  [[nodiscard]] Packet ttl(uint8_t ttl) const;
  [[nodiscard]] Packet id(uint16_t id) const;
  [[nodiscard]] Packet do_not_fragment() const;
  // A piece of a packet; from any offset but 0 the payload stands for what the piece carries.
  [[nodiscard]] Packet fragment(uint16_t offset_bytes, bool more_follow) const;
  [[nodiscard]] Packet ip_options(unsigned words) const;  // up to 10, of no-operation
  [[nodiscard]] Packet flags(uint8_t tcp_flags) const;
  [[nodiscard]] Packet sequence(uint32_t number) const;
  [[nodiscard]] Packet acknowledgement(uint32_t number) const;
  [[nodiscard]] Packet payload(std::string_view text) const;

  // What the header says, against the truth.
  [[nodiscard]] Packet claim_ip_version(uint8_t version) const;
  [[nodiscard]] Packet claim_ip_words(uint8_t words) const;
  [[nodiscard]] Packet claim_tcp_words(uint8_t words) const;

  // The frame ends after so many bytes.
  [[nodiscard]] Packet cut_to(size_t frame_bytes) const;
  // Zeros after the packet, as Ethernet adds up to its shortest frame.
  [[nodiscard]] Packet padded_to(size_t frame_bytes) const;

  [[nodiscard]] Bytes bytes() const;
  [[nodiscard]] Bytes ip_bytes() const;  // without the Ethernet header and tags
  // What the IP header says, and the Ethernet header with its tags.
  [[nodiscard]] uint64_t wire_bytes() const;

  [[nodiscard]] uint8_t ttl() const { return ttl_; }
  [[nodiscard]] const Mac& source_mac() const { return source_mac_; }
  [[nodiscard]] const Mac& destination_mac() const { return destination_mac_; }
  [[nodiscard]] const Endpoint& source() const { return source_; }
  [[nodiscard]] const Endpoint& destination() const { return destination_; }

 private:
  Packet(uint8_t protocol, Endpoint source, Endpoint destination)
      : protocol_(protocol), source_(source), destination_(destination) {}

  [[nodiscard]] Bytes ethernet_header() const;
  [[nodiscard]] Bytes ip_header(size_t transport_bytes) const;
  [[nodiscard]] Bytes transport() const;
  [[nodiscard]] Bytes tcp_segment() const;
  [[nodiscard]] Bytes udp_datagram() const;
  [[nodiscard]] Bytes icmp_message() const;
  [[nodiscard]] uint16_t transport_checksum(const Bytes& transport) const;

  Mac source_mac_{0x02, 0, 0, 0, 0xc1, 0x01};
  Mac destination_mac_{0x02, 0, 0, 0, 0xa0, 0x01};
  std::vector<std::pair<uint16_t, uint16_t>> vlan_tags_;  // EtherType and control
  uint16_t ether_type_ = ETH_P_IP;

  uint8_t protocol_;
  Endpoint source_;
  Endpoint destination_;
  uint8_t tos_ = 0;
  uint8_t ttl_ = 64;
  uint16_t id_ = 0x1234;
  uint16_t fragment_word_ = 0;
  unsigned option_words_ = 0;
  uint8_t version_claim_ = 4;
  uint8_t ip_words_claim_ = 0;  // 0: the truth

  uint8_t tcp_flags_ = 0;
  uint32_t sequence_ = 0x10000000;
  uint32_t acknowledgement_ = 0x20000000;
  uint8_t tcp_words_claim_ = 5;

  uint8_t icmp_type_ = 8;  // echo request

  std::string payload_;
  size_t pad_to_ = 0;
  size_t cut_to_ = SIZE_MAX;
};

}  // namespace ricochet::test

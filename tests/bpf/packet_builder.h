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

#include "ip_address.h"

namespace ricochet::test {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, ETH_ALEN>;

enum TcpFlag : uint8_t { kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10 };

// One Ethernet frame with an IP packet, of the family of its source. A value: each setter gives a
// changed copy.
class Packet {
 public:
  static Packet tcp(Endpoint source, Endpoint destination, uint8_t flags = kAck);
  static Packet udp(Endpoint source, Endpoint destination);
  static Packet icmp(IpAddress source, IpAddress destination);  // an echo request
  // Of any type, with what quotes the packet that it is about.
  static Packet icmp_error(IpAddress source, IpAddress destination, uint8_t type,
                           const Bytes& quote);
  // A transport that the programs do not know: only the payload follows the IP header.
  static Packet other(uint8_t protocol, IpAddress source, IpAddress destination);

  [[nodiscard]] Packet macs(const Mac& source, const Mac& destination) const;
  [[nodiscard]] Packet ether_type(uint16_t type) const;
  // One more tag, inside of those that are there.
  [[nodiscard]] Packet vlan(uint16_t ether_type, uint16_t control) const;
  [[nodiscard]] Packet tos(uint8_t tos) const;  // traffic class
  [[nodiscard]] Packet ttl(uint8_t ttl) const;  // hop limit
  [[nodiscard]] Packet id(uint32_t id) const;   // of IPv4 16 bits
  // A piece of a packet; from any offset but 0 the payload stands for what the piece carries. IPv6
  // gets a fragment header for it, behind the extension headers that are there.
  [[nodiscard]] Packet fragment(uint16_t offset_bytes, bool more_follow) const;
  // IPv4 only.
  [[nodiscard]] Packet do_not_fragment() const;
  [[nodiscard]] Packet ip_options(unsigned words) const;  // up to 10, of no-operation
  // IPv6 only: one more header behind those that are there, of zeros, with this in its length
  // field.
  [[nodiscard]] Packet extension(uint8_t type, uint8_t units = 0) const;
  [[nodiscard]] Packet flow_label(uint32_t label) const;
  [[nodiscard]] Packet flags(uint8_t tcp_flags) const;
  [[nodiscard]] Packet sequence(uint32_t number) const;
  [[nodiscard]] Packet acknowledgement(uint32_t number) const;
  [[nodiscard]] Packet icmp_code(uint8_t code) const;
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
  Packet(uint8_t protocol, Endpoint source, Endpoint destination);

  struct Extension {
    uint8_t type;
    uint8_t units;
  };

  [[nodiscard]] bool is_ipv4() const { return source_.address.is_ipv4(); }
  // From the middle of a packet.
  [[nodiscard]] bool is_later_fragment() const { return fragment_offset_bytes_ != 0; }
  [[nodiscard]] Bytes ethernet_header() const;
  [[nodiscard]] Bytes ipv4_header(size_t transport_bytes) const;
  [[nodiscard]] Bytes ipv6_headers(size_t transport_bytes) const;
  [[nodiscard]] Bytes extension_header(const Extension& extension, uint8_t next) const;
  [[nodiscard]] Bytes transport() const;
  [[nodiscard]] Bytes tcp_segment() const;
  [[nodiscard]] Bytes udp_datagram() const;
  [[nodiscard]] Bytes icmp_message() const;
  [[nodiscard]] uint16_t transport_checksum(const Bytes& transport) const;

  Mac source_mac_{0x02, 0, 0, 0, 0xc1, 0x01};
  Mac destination_mac_{0x02, 0, 0, 0, 0xa0, 0x01};
  std::vector<std::pair<uint16_t, uint16_t>> vlan_tags_;  // EtherType and control
  uint16_t ether_type_;

  uint8_t protocol_;
  Endpoint source_;
  Endpoint destination_;
  uint8_t tos_ = 0;
  uint8_t ttl_ = 64;
  uint32_t id_ = 0x1234;
  uint16_t fragment_offset_bytes_ = 0;
  bool more_fragments_ = false;
  bool do_not_fragment_ = false;
  unsigned option_words_ = 0;
  std::vector<Extension> extensions_;
  uint32_t flow_label_ = 0;
  uint8_t version_claim_;
  uint8_t ip_words_claim_ = 0;  // 0: the truth

  uint8_t tcp_flags_ = 0;
  uint32_t sequence_ = 0x10000000;
  uint32_t acknowledgement_ = 0x20000000;
  uint8_t tcp_words_claim_ = 5;

  uint8_t icmp_type_;
  uint8_t icmp_code_ = 0;

  std::string payload_;
  size_t pad_to_ = 0;
  size_t cut_to_ = SIZE_MAX;
};

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "packet_builder.h"

#include <netinet/in.h>

#include <algorithm>

namespace ricochet::test {
namespace {

constexpr unsigned kIpWords = 5;
constexpr uint8_t kIpNoOperation = 1;
constexpr uint16_t kDoNotFragment = 0x4000;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kMoreFragmentsIpv6 = 0x0001;
constexpr unsigned kFragmentUnitBytes = 8;
constexpr uint8_t kEchoRequest = 8;
constexpr uint8_t kEchoRequestIpv6 = 128;

void put8(Bytes& bytes, unsigned value) {
  bytes.push_back(static_cast<uint8_t>(value));
}

void put16(Bytes& bytes, unsigned value) {
  put8(bytes, value >> 8);
  put8(bytes, value);
}

void put32(Bytes& bytes, uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value);
}

void put_address(Bytes& bytes, const IpAddress& address) {
  for (const uint32_t word : address.words) put32(bytes, word);
}

void set16(Bytes& bytes, size_t at, uint16_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

void append(Bytes& bytes, const auto& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

uint8_t icmp_of(const IpAddress& source) {
  if (source.is_ipv4()) return IPPROTO_ICMP;
  return IPPROTO_ICMPV6;
}

// RFC 1071.
uint16_t internet_checksum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i++)
    sum += static_cast<uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

Packet::Packet(uint8_t protocol, Endpoint source, Endpoint destination)
    : protocol_(protocol), source_(source), destination_(destination) {
  ether_type_ = is_ipv4() ? ETH_P_IP : ETH_P_IPV6;
  version_claim_ = is_ipv4() ? 4 : 6;
  icmp_type_ = is_ipv4() ? kEchoRequest : kEchoRequestIpv6;
}

Packet Packet::tcp(Endpoint source, Endpoint destination, uint8_t flags) {
  return Packet(IPPROTO_TCP, source, destination).flags(flags);
}

Packet Packet::udp(Endpoint source, Endpoint destination) {
  return {IPPROTO_UDP, source, destination};
}

Packet Packet::icmp(IpAddress source, IpAddress destination) {
  return {icmp_of(source), {source, 0}, {destination, 0}};
}

Packet Packet::icmp_error(IpAddress source, IpAddress destination, uint8_t type,
                          const Bytes& quote) {
  Packet packet = icmp(source, destination);
  packet.icmp_type_ = type;
  packet.payload_.assign(quote.begin(), quote.end());
  return packet;
}

Packet Packet::other(uint8_t protocol, IpAddress source, IpAddress destination) {
  return {protocol, {source, 0}, {destination, 0}};
}

Packet Packet::macs(const Mac& source, const Mac& destination) const {
  Packet packet = *this;
  packet.source_mac_ = source;
  packet.destination_mac_ = destination;
  return packet;
}

Packet Packet::ether_type(uint16_t type) const {
  Packet packet = *this;
  packet.ether_type_ = type;
  return packet;
}

Packet Packet::vlan(uint16_t ether_type, uint16_t control) const {
  Packet packet = *this;
  packet.vlan_tags_.emplace_back(ether_type, control);
  return packet;
}

Packet Packet::tos(uint8_t tos) const {
  Packet packet = *this;
  packet.tos_ = tos;
  return packet;
}

Packet Packet::ttl(uint8_t ttl) const {
  Packet packet = *this;
  packet.ttl_ = ttl;
  return packet;
}

Packet Packet::id(uint32_t id) const {
  Packet packet = *this;
  packet.id_ = id;
  return packet;
}

Packet Packet::do_not_fragment() const {
  Packet packet = *this;
  packet.do_not_fragment_ = true;
  return packet;
}

Packet Packet::fragment(uint16_t offset_bytes, bool more_follow) const {
  Packet packet = *this;
  packet.fragment_offset_bytes_ = offset_bytes;
  packet.more_fragments_ = more_follow;
  return packet.is_ipv4() ? packet : packet.extension(IPPROTO_FRAGMENT);
}

Packet Packet::extension(uint8_t type, uint8_t units) const {
  Packet packet = *this;
  packet.extensions_.push_back({type, units});
  return packet;
}

Packet Packet::flow_label(uint32_t label) const {
  Packet packet = *this;
  packet.flow_label_ = label;
  return packet;
}

Packet Packet::ip_options(unsigned words) const {
  Packet packet = *this;
  packet.option_words_ = words;
  return packet;
}

Packet Packet::flags(uint8_t tcp_flags) const {
  Packet packet = *this;
  packet.tcp_flags_ = tcp_flags;
  return packet;
}

Packet Packet::sequence(uint32_t number) const {
  Packet packet = *this;
  packet.sequence_ = number;
  return packet;
}

Packet Packet::acknowledgement(uint32_t number) const {
  Packet packet = *this;
  packet.acknowledgement_ = number;
  return packet;
}

Packet Packet::icmp_code(uint8_t code) const {
  Packet packet = *this;
  packet.icmp_code_ = code;
  return packet;
}

Packet Packet::payload(std::string_view text) const {
  Packet packet = *this;
  packet.payload_ = text;
  return packet;
}

Packet Packet::claim_ip_version(uint8_t version) const {
  Packet packet = *this;
  packet.version_claim_ = version;
  return packet;
}

Packet Packet::claim_ip_words(uint8_t words) const {
  Packet packet = *this;
  packet.ip_words_claim_ = words;
  return packet;
}

Packet Packet::claim_tcp_words(uint8_t words) const {
  Packet packet = *this;
  packet.tcp_words_claim_ = words;
  return packet;
}

Packet Packet::cut_to(size_t frame_bytes) const {
  Packet packet = *this;
  packet.cut_to_ = frame_bytes;
  return packet;
}

Packet Packet::padded_to(size_t frame_bytes) const {
  Packet packet = *this;
  packet.pad_to_ = frame_bytes;
  return packet;
}

Bytes Packet::bytes() const {
  Bytes frame = ethernet_header();
  append(frame, ip_bytes());
  frame.resize(std::max(frame.size(), pad_to_));
  frame.resize(std::min(frame.size(), cut_to_));
  return frame;
}

Bytes Packet::ethernet_header() const {
  Bytes header;
  append(header, destination_mac_);
  append(header, source_mac_);
  for (const auto& [ether_type, control] : vlan_tags_) {
    put16(header, ether_type);
    put16(header, control);
  }
  put16(header, ether_type_);
  return header;
}

Bytes Packet::ip_bytes() const {
  const Bytes payload = transport();
  Bytes packet = is_ipv4() ? ipv4_header(payload.size()) : ipv6_headers(payload.size());
  append(packet, payload);
  return packet;
}

uint64_t Packet::wire_bytes() const {
  return ethernet_header().size() + ip_bytes().size();
}

Bytes Packet::ipv4_header(size_t transport_bytes) const {
  const unsigned words = kIpWords + option_words_;
  const unsigned said_words = ip_words_claim_ ? ip_words_claim_ : words;
  Bytes header;
  put8(header, version_claim_ << 4 | said_words);
  put8(header, tos_);
  put16(header, static_cast<unsigned>(words * 4 + transport_bytes));
  put16(header, id_);
  put16(header, (do_not_fragment_ ? kDoNotFragment : 0u) | (more_fragments_ ? kMoreFragments : 0u) |
                    fragment_offset_bytes_ / kFragmentUnitBytes);
  put8(header, ttl_);
  put8(header, protocol_);
  put16(header, 0);
  put32(header, source_.address.last_word());
  put32(header, destination_.address.last_word());
  header.resize(words * 4, kIpNoOperation);
  set16(header, 10, internet_checksum(header));
  return header;
}

Bytes Packet::ipv6_headers(size_t transport_bytes) const {
  Bytes chain;
  uint8_t first = protocol_;
  for (size_t i = extensions_.size(); i > 0; i--) {
    // What is behind the fragment header is in the first fragment alone.
    if (is_later_fragment() && extensions_[i - 1].type == IPPROTO_FRAGMENT) chain.clear();
    Bytes header = extension_header(extensions_[i - 1], first);
    append(header, chain);
    chain = std::move(header);
    first = extensions_[i - 1].type;
  }
  Bytes headers;
  put32(headers, static_cast<uint32_t>(version_claim_) << 28 | static_cast<uint32_t>(tos_) << 20 |
                     flow_label_);
  put16(headers, static_cast<unsigned>(chain.size() + transport_bytes));
  put8(headers, first);
  put8(headers, ttl_);
  put_address(headers, source_.address);
  put_address(headers, destination_.address);
  append(headers, chain);
  return headers;
}

Bytes Packet::extension_header(const Extension& extension, uint8_t next) const {
  Bytes header;
  put8(header, next);
  put8(header, extension.units);
  if (extension.type == IPPROTO_FRAGMENT) {
    put16(header, fragment_offset_bytes_ | (more_fragments_ ? kMoreFragmentsIpv6 : 0));
    put32(header, id_);
    return header;
  }
  const bool is_authentication = extension.type == IPPROTO_AH;
  header.resize(is_authentication ? (extension.units + 2u) * 4 : (extension.units + 1u) * 8);
  return header;
}

Bytes Packet::transport() const {
  const bool is_whole_or_first = !is_later_fragment();
  if (is_whole_or_first && protocol_ == IPPROTO_TCP) return tcp_segment();
  if (is_whole_or_first && protocol_ == IPPROTO_UDP) return udp_datagram();
  if (is_whole_or_first && protocol_ == icmp_of(source_.address)) return icmp_message();
  return {payload_.begin(), payload_.end()};
}

Bytes Packet::tcp_segment() const {
  Bytes segment;
  put16(segment, source_.port);
  put16(segment, destination_.port);
  put32(segment, sequence_);
  put32(segment, acknowledgement_);
  put8(segment, tcp_words_claim_ << 4);
  put8(segment, tcp_flags_);
  put16(segment, 0xfaf0);  // window
  put16(segment, 0);       // checksum
  put16(segment, 0);       // urgent pointer
  append(segment, payload_);
  set16(segment, 16, transport_checksum(segment));
  return segment;
}

Bytes Packet::udp_datagram() const {
  Bytes datagram;
  put16(datagram, source_.port);
  put16(datagram, destination_.port);
  put16(datagram, static_cast<unsigned>(8 + payload_.size()));
  put16(datagram, 0);
  append(datagram, payload_);
  set16(datagram, 6, transport_checksum(datagram));
  return datagram;
}

Bytes Packet::icmp_message() const {
  Bytes message;
  put8(message, icmp_type_);
  put8(message, icmp_code_);
  put16(message, 0);
  put16(message, 1);  // identifier
  put16(message, 1);  // sequence number
  append(message, payload_);
  set16(message, 2, is_ipv4() ? internet_checksum(message) : transport_checksum(message));
  return message;
}

uint16_t Packet::transport_checksum(const Bytes& transport) const {
  Bytes summed;
  for (const IpAddress& address : {source_.address, destination_.address}) {
    if (is_ipv4()) {
      put32(summed, address.last_word());
    } else {
      put_address(summed, address);
    }
  }
  put8(summed, 0);
  put8(summed, protocol_);
  put16(summed, static_cast<unsigned>(transport.size()));
  append(summed, transport);
  return internet_checksum(summed);
}

}  // namespace ricochet::test

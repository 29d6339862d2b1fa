// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "frame_fields.h"
#include "frame_writing.h"

namespace ricochet::test {
namespace {

constexpr size_t kIpAt = reference::kEthernetBytes;
constexpr size_t kIpBytes = 20;
constexpr size_t kTcpBytes = 20;
constexpr size_t kUdpBytes = 8;
constexpr size_t kIcmpBytes = 8;
constexpr size_t kChecksumAt = kIpAt + 10;
constexpr uint8_t kNoOperation = 1;

bool is_icmp(const FrameFields& fields) {
  return fields.protocol ==
         (fields.is_ipv4() ? reference::kIcmpProtocol : reference::kIcmpv6Protocol);
}

size_t transport_bytes(const FrameFields& fields) {
  const bool later_fragment = fields.is_ipv4() && fields.fragment_word & 0x1fff;
  if (later_fragment) return 0;
  if (fields.protocol == reference::kTcpProtocol) return kTcpBytes;
  if (is_icmp(fields)) return kIcmpBytes + fields.icmp_quote.size();
  return fields.protocol == reference::kUdpProtocol ? kUdpBytes : 0;
}

void write_transport(Bytes& frame, size_t at, const FrameFields& fields) {
  if (is_icmp(fields)) {
    frame[at] = fields.icmp_type;
    frame[at + 1] = fields.icmp_code;
    set16(frame, at + 2, fields.icmp_checksum);
    std::ranges::copy(fields.icmp_quote, frame.begin() + static_cast<ptrdiff_t>(at + kIcmpBytes));
    return;
  }
  set16(frame, at, fields.source_port);
  set16(frame, at + 2, fields.destination_port);
  if (fields.protocol == reference::kUdpProtocol) {
    set16(frame, at + 4, static_cast<uint32_t>(kUdpBytes + fields.payload_bytes));
    return;
  }
  set32(frame, at + 4, fields.sequence);
  set32(frame, at + 8, fields.acknowledgement);
  frame[at + 12] = kTcpBytes / 4 << 4;
  frame[at + 13] = fields.tcp_flags;
}

// The IP header alone, of a packet with so many bytes behind it.
Bytes ipv4_header(const FrameFields& fields, size_t behind) {
  const size_t bytes = kIpBytes + size_t{fields.option_words} * 4;
  Bytes header(kIpBytes);
  header.resize(bytes, kNoOperation);
  header[0] = static_cast<uint8_t>(4 << 4 | bytes / 4);
  header[1] = fields.tos;
  set16(header, 2, static_cast<uint32_t>(bytes + behind));
  set16(header, 4, fields.id);
  set16(header, 6, fields.fragment_word);
  header[8] = fields.ttl;
  header[9] = fields.protocol;
  set32(header, 12, static_cast<uint32_t>(fields.source.low));
  set32(header, 16, static_cast<uint32_t>(fields.destination.low));
  return header;
}

void append_extension(Bytes& headers, const FrameFields& fields, const ExtensionFields& extension,
                      uint8_t next) {
  const size_t at = headers.size();
  headers.resize(at + extension_bytes(extension.type, extension.units));
  headers[at] = next;
  headers[at + 1] = extension.units;
  if (extension.type != reference::kFragmentHeader) return;
  set16(headers, at + 2, extension.fragment_word);
  set32(headers, at + 4, fields.id);
}

Bytes ipv6_headers(const FrameFields& fields, size_t behind) {
  const auto type_of = [&](size_t i) {
    return i < fields.extensions.size() ? fields.extensions[i].type : fields.protocol;
  };
  Bytes headers(reference::kIpv6HeaderBytes);
  headers[0] = static_cast<uint8_t>(6 << 4 | fields.tos >> 4);
  headers[1] = static_cast<uint8_t>(fields.tos << 4);
  headers[6] = type_of(0);
  headers[7] = fields.ttl;
  set_address(headers, 8, fields.source);
  set_address(headers, 24, fields.destination);
  for (size_t i = 0; i < fields.extensions.size(); i++)
    append_extension(headers, fields, fields.extensions[i], type_of(i + 1));
  set16(headers, 4, static_cast<uint32_t>(headers.size() - reference::kIpv6HeaderBytes + behind));
  return headers;
}

}  // namespace

void set16(Bytes& frame, size_t at, uint32_t value) {
  if (frame.size() < at + 2) return;
  frame[at] = static_cast<uint8_t>(value >> 8);
  frame[at + 1] = static_cast<uint8_t>(value);
}

void set32(Bytes& frame, size_t at, uint32_t value) {
  set16(frame, at, value >> 16);
  set16(frame, at + 2, value);
}

void set_address(Bytes& frame, size_t at, const reference::Address& address) {
  for (const uint64_t half : {address.high, address.low}) {
    set32(frame, at, static_cast<uint32_t>(half >> 32));
    set32(frame, at + 4, static_cast<uint32_t>(half));
    at += 8;
  }
}

size_t extension_bytes(uint8_t type, uint8_t units) {
  if (type == reference::kFragmentHeader) return 8;
  return type == reference::kAuthentication ? (units + 2u) * 4 : (units + 1u) * 8;
}

Bytes to_frame(const FrameFields& fields) {
  const size_t behind_ip = transport_bytes(fields) + fields.payload_bytes;
  const Bytes headers =
      fields.is_ipv4() ? ipv4_header(fields, behind_ip) : ipv6_headers(fields, behind_ip);
  const size_t ip_end = kIpAt + headers.size();
  Bytes frame(ip_end + behind_ip);
  std::ranges::copy(fields.destination_mac, frame.begin());
  std::ranges::copy(fields.source_mac, frame.begin() + 6);
  set16(frame, kIpAt - 2, fields.is_ipv4() ? kIpv4Type : kIpv6Type);
  std::ranges::copy(headers, frame.begin() + kIpAt);
  if (transport_bytes(fields) != 0) write_transport(frame, ip_end, fields);
  std::copy_n(fields.payload.begin(), std::min(fields.payload.size(), fields.payload_bytes),
              frame.end() - static_cast<ptrdiff_t>(fields.payload_bytes));
  mend_ip_checksum(frame);
  for (auto tag = fields.vlan_tags.rbegin(); tag != fields.vlan_tags.rend(); ++tag) {
    frame.insert(frame.begin() + kIpAt - 2, 4, 0);
    set32(frame, kIpAt - 2, *tag);
  }
  return frame;
}

bool has_ipv4_header(const Bytes& frame) {
  return frame.size() >= kIpAt + kIpBytes && frame[12] == kIpv4Type >> 8 &&
         frame[13] == (kIpv4Type & 0xff);
}

void mend_ip_checksum(Bytes& frame) {
  if (!has_ipv4_header(frame)) return;
  const size_t end = kIpAt + size_t{frame[kIpAt]} % 16 * 4;
  if (end < kIpAt + kIpBytes || frame.size() < end) return;
  set16(frame, kChecksumAt, 0);
  uint32_t sum = 0;
  for (size_t at = kIpAt; at < end; at += 2)
    sum += static_cast<uint32_t>(frame[at] << 8 | frame[at + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  set16(frame, kChecksumAt, ~sum);
}

}  // namespace ricochet::test

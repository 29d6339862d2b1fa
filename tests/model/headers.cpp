// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <algorithm>

namespace ricochet::reference {
namespace {

constexpr uint16_t kIpv4EtherType = 0x0800;
constexpr size_t kIpHeaderBytesMin = 20;
constexpr size_t kTcpHeaderBytesMin = 20;
constexpr size_t kPortsBytes = 4;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kFragmentOffset = 0x1fff;
constexpr uint8_t kSynFlag = 0x02;
constexpr uint8_t kRstFlag = 0x04;
constexpr uint8_t kAckFlag = 0x10;

uint16_t number16(const Bytes& bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t number32(const Bytes& bytes, size_t at) {
  return static_cast<uint32_t>(number16(bytes, at)) << 16 | number16(bytes, at + 2);
}

Mac mac(const Bytes& bytes, size_t at) {
  Mac mac;
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), mac.size(), mac.begin());
  return mac;
}

// Each reader looks at the frame from `at` on and is false if it is malformed there.

bool read_tcp(const Bytes& frame, size_t at, Headers& headers) {
  if (frame.size() < at + kTcpHeaderBytesMin) return false;
  const size_t said_bytes = size_t{frame[at + 12]} / 16 * 4;
  if (said_bytes < kTcpHeaderBytesMin) return false;
  const uint8_t flags = frame[at + 13];
  headers.tcp = Tcp{.syn = (flags & kSynFlag) != 0,
                    .ack = (flags & kAckFlag) != 0,
                    .rst = (flags & kRstFlag) != 0,
                    .sequence = number32(frame, at + 4),
                    .acknowledgement = number32(frame, at + 8)};
  return true;
}

bool read_transport(const Bytes& frame, size_t at, Headers& headers) {
  if (headers.protocol != kTcpProtocol && headers.protocol != kUdpProtocol) return true;
  if (frame.size() < at + kPortsBytes) return false;
  headers.source_port = number16(frame, at);
  headers.destination_port = number16(frame, at + 2);
  return headers.protocol == kUdpProtocol || read_tcp(frame, at, headers);
}

bool read_ipv4(const Bytes& frame, size_t at, Headers& headers) {
  if (frame.size() < at + kIpHeaderBytesMin) return false;
  const unsigned version = frame[at] >> 4;
  headers.ip_header_bytes = size_t{frame[at]} % 16 * 4;
  if (version != 4 || headers.ip_header_bytes < kIpHeaderBytesMin) return false;
  if (frame.size() < at + headers.ip_header_bytes) return false;

  headers.tos = frame[at + 1];
  headers.total_bytes = number16(frame, at + 2);
  headers.fragment = (number16(frame, at + 6) & (kMoreFragments | kFragmentOffset)) != 0;
  headers.ttl = frame[at + 8];
  headers.protocol = frame[at + 9];
  headers.source = number32(frame, at + 12);
  headers.destination = number32(frame, at + 16);
  return headers.fragment || read_transport(frame, at + headers.ip_header_bytes, headers);
}

}  // namespace

std::variant<Headers, Unreadable> read_headers(const Bytes& frame) {
  if (frame.size() < kEthernetBytes) return Unreadable::malformed;
  if (number16(frame, 12) != kIpv4EtherType) return Unreadable::not_ipv4;
  Headers headers;
  headers.destination_mac = mac(frame, 0);
  headers.source_mac = mac(frame, 6);
  if (!read_ipv4(frame, kEthernetBytes, headers)) return Unreadable::malformed;
  return headers;
}

}  // namespace ricochet::reference

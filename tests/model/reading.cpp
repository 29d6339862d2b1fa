// SPDX-License-Identifier: Apache-2.0
#include "reading.h"

namespace ricochet::reference {
namespace {

constexpr size_t kTcpHeaderBytesMin = 20;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kQuotedTransportBytes = 8;
constexpr uint8_t kSynFlag = 0x02;
constexpr uint8_t kRstFlag = 0x04;
constexpr uint8_t kAckFlag = 0x10;

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

}  // namespace

uint16_t number16(const Bytes& bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t number32(const Bytes& bytes, size_t at) {
  return static_cast<uint32_t>(number16(bytes, at)) << 16 | number16(bytes, at + 2);
}

bool has_ports(uint8_t protocol) {
  return protocol == kTcpProtocol || protocol == kUdpProtocol;
}

bool read_transport(const Bytes& frame, Headers& headers) {
  const size_t at = headers.transport_at;
  if (headers.protocol == kUdpProtocol) {
    headers.datagram_at = at + kUdpHeaderBytes;
    if (frame.size() < headers.datagram_at) return false;
  } else if (!read_tcp(frame, at, headers)) {
    return false;
  }
  headers.flow.source_port = number16(frame, at);
  headers.flow.destination_port = number16(frame, at + 2);
  return true;
}

void read_quoted_transport(const Bytes& frame, size_t at, const Flow& sent, Headers& headers) {
  Flow flow{.source = sent.destination, .destination = sent.source, .protocol = sent.protocol};
  if (has_ports(flow.protocol)) {
    if (frame.size() < at + kQuotedTransportBytes) return;
    flow.source_port = number16(frame, at + 2);
    flow.destination_port = number16(frame, at);
    if (flow.protocol == kTcpProtocol) headers.quoted_sequence = number32(frame, at + 4);
  }
  headers.flow = flow;
}

}  // namespace ricochet::reference

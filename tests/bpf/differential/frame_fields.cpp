// SPDX-License-Identifier: Apache-2.0
#include "frame_fields.h"

#include <algorithm>
#include <array>

namespace ricochet::test {
namespace {

constexpr size_t kIpAt = reference::kEthernetBytes;
constexpr size_t kIpBytes = 20;
constexpr size_t kTcpBytes = 20;
constexpr size_t kUdpBytes = 8;
constexpr size_t kIcmpBytes = 8;
constexpr size_t kChecksumAt = kIpAt + 10;
constexpr uint8_t kNoOperation = 1;

void set16(Bytes& frame, size_t at, uint32_t value) {
  if (frame.size() < at + 2) return;
  frame[at] = static_cast<uint8_t>(value >> 8);
  frame[at + 1] = static_cast<uint8_t>(value);
}

void set32(Bytes& frame, size_t at, uint32_t value) {
  set16(frame, at, value >> 16);
  set16(frame, at + 2, value);
}

void set_high_half(Bytes& frame, size_t at, uint32_t value) {
  if (at < frame.size()) frame[at] = static_cast<uint8_t>(value << 4 | (frame[at] & 0x0f));
}

void set_low_half(Bytes& frame, size_t at, uint32_t value) {
  if (at < frame.size()) frame[at] = static_cast<uint8_t>((frame[at] & 0xf0) | (value & 0x0f));
}

size_t transport_bytes(const FrameFields& fields) {
  const bool later_fragment = fields.fragment_word & 0x1fff;
  if (later_fragment) return 0;
  if (fields.protocol == reference::kTcpProtocol) return kTcpBytes;
  if (fields.protocol == reference::kIcmpProtocol) return kIcmpBytes + fields.icmp_quote.size();
  return fields.protocol == reference::kUdpProtocol ? kUdpBytes : 0;
}

void write_transport(Bytes& frame, size_t at, const FrameFields& fields) {
  if (fields.protocol == reference::kIcmpProtocol) {
    frame[at] = fields.icmp_type;
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

size_t ip_header_bytes(const Bytes& frame) {
  return size_t{frame[kIpAt]} % 16 * 4;
}

}  // namespace

Bytes to_frame(const FrameFields& fields) {
  const size_t ip_bytes = kIpBytes + size_t{fields.option_words} * 4;
  const size_t ip_end = kIpAt + ip_bytes;
  const size_t behind_ip = transport_bytes(fields) + fields.payload_bytes;
  Bytes frame(ip_end + behind_ip);
  std::ranges::copy(fields.destination_mac, frame.begin());
  std::ranges::copy(fields.source_mac, frame.begin() + 6);
  set16(frame, 12, 0x0800);
  frame[kIpAt] = static_cast<uint8_t>(4 << 4 | ip_bytes / 4);
  frame[kIpAt + 1] = fields.tos;
  set16(frame, kIpAt + 2, static_cast<uint32_t>(ip_bytes + behind_ip));
  set16(frame, kIpAt + 4, fields.id);
  set16(frame, kIpAt + 6, fields.fragment_word);
  frame[kIpAt + 8] = fields.ttl;
  frame[kIpAt + 9] = fields.protocol;
  set32(frame, kIpAt + 12, fields.source);
  set32(frame, kIpAt + 16, fields.destination);
  std::fill(frame.begin() + kIpAt + kIpBytes, frame.begin() + static_cast<ptrdiff_t>(ip_end),
            kNoOperation);
  if (transport_bytes(fields) != 0) write_transport(frame, ip_end, fields);
  mend_ip_checksum(frame);
  for (auto tag = fields.vlan_tags.rbegin(); tag != fields.vlan_tags.rend(); ++tag) {
    frame.insert(frame.begin() + kIpAt - 2, 4, 0);
    set32(frame, kIpAt - 2, *tag);
  }
  return frame;
}

void mend_ip_checksum(Bytes& frame) {
  if (frame.size() < kIpAt + kIpBytes) return;
  const size_t end = kIpAt + ip_header_bytes(frame);
  if (end < kIpAt + kIpBytes || frame.size() < end) return;
  set16(frame, kChecksumAt, 0);
  uint32_t sum = 0;
  for (size_t at = kIpAt; at < end; at += 2)
    sum += static_cast<uint32_t>(frame[at] << 8 | frame[at + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  set16(frame, kChecksumAt, ~sum);
}

void damage(Random& random, Bytes& frame) {
  if (frame.size() <= kIpAt) return;
  const size_t ip_end = kIpAt + ip_header_bytes(frame);
  switch (random.below(9)) {
    case 0: {  // a layer that ends early, by any count of bytes; the kernel keeps Ethernet whole
      const size_t bytes = kIpAt + random.below(static_cast<uint32_t>(frame.size() - kIpAt + 1));
      frame.resize(bytes);
      break;
    }
    case 1: {  // just before, at and just behind the end of a header
      constexpr std::array<size_t, 4> kBehindIp = {0, 4, kUdpBytes, kTcpBytes};
      const size_t bytes = ip_end + random.one_of(kBehindIp) + random.below(3) - 1;
      frame.resize(std::clamp(bytes, kIpAt, frame.size()));
      break;
    }
    case 2:
      set16(frame, kIpAt + 2, random.chance(50) ? random.number16() : random.below(60));
      break;
    case 3:
      set_low_half(frame, kIpAt, random.below(16));
      break;
    case 4:
      set_high_half(frame, kIpAt, random.below(16));
      break;
    case 5:
      set_high_half(frame, ip_end + 12, random.below(16));
      break;
    case 6: {  // ARP, IPv6, VLAN, both bytes of IPv4 in turn
      constexpr std::array<uint32_t, 6> kTypes = {0x0806, 0x86dd, 0x8100, 0x0008, 0x0801, 0x0900};
      set16(frame, 12, random.chance(80) ? random.one_of(kTypes) : random.number16());
      break;
    }
    case 7: {
      constexpr std::array<uint32_t, 4> kChecksums = {0, 1, 0xfffe, 0xffff};
      const uint32_t checksum = random.chance(40) ? random.one_of(kChecksums) : random.number16();
      set16(frame, kChecksumAt, checksum);
      break;
    }
    default:
      frame[random.below(static_cast<uint32_t>(frame.size()))] ^=
          static_cast<uint8_t>(1 << random.below(8));
  }
}

void vary(Random& random, FrameFields& fields) {
  fields.id = some_id(random);
  if (random.chance(4)) {
    constexpr std::array<uint32_t, 4> kTags = {0x81000064, 0x88a86007, 0x81000000, 0x91000001};
    for (uint32_t tags = 1 + random.below(3); tags > 0; tags--)
      fields.vlan_tags.push_back(random.one_of(kTags));
  }
  if (random.chance(15)) fields.ttl = static_cast<uint8_t>(random.below(4));
  if (random.chance(10)) fields.ttl = random.octet();
  if (random.chance(6)) {
    // First, middle, last, the reserved bit, do not fragment.
    constexpr std::array<uint16_t, 6> kWords = {0x2000, 0x2001, 0x0001, 0x1fff, 0x8000, 0x4000};
    fields.fragment_word = random.chance(80) ? random.one_of(kWords) : random.number16();
  }
  if (random.chance(8)) fields.option_words = random.below(11);
  if (random.chance(40)) fields.payload_bytes = random.below(40);
  if (random.chance(1)) fields.payload_bytes = random.below(1500);
  // More than one buffer.
  if (random.below(2000) == 0) fields.payload_bytes = 4000 + random.below(5000);
}

void quote(Random& random, FrameFields& fields) {
  constexpr std::array<uint8_t, 8> kTypes = {3, 4, 5, 11, 12, 0, 8, 13};
  FrameFields sent = fields;
  std::swap(sent.source, sent.destination);
  std::swap(sent.source_port, sent.destination_port);
  if (random.chance(10)) sent.source ^= 1;
  if (random.chance(20)) sent.option_words = random.below(11);
  if (random.chance(10)) sent.fragment_word = random.number16();
  Bytes frame = to_frame(sent);
  if (random.chance(20)) damage(random, frame);
  const size_t most = frame.size() - kIpAt;
  const size_t least = kIpBytes + size_t{sent.option_words} * 4 + 8;
  fields.icmp_quote.assign(frame.begin() + kIpAt, frame.end());
  if (random.chance(50)) fields.icmp_quote.resize(std::min(most, least));
  if (random.chance(15)) fields.icmp_quote.resize(random.below(static_cast<uint32_t>(most + 1)));
  fields.icmp_type = random.one_of(kTypes);
  fields.protocol = reference::kIcmpProtocol;
  if (random.chance(80)) fields.source = 192u << 24 | random.below(4);  // of who reports it
}

uint16_t some_id(Random& random) {
  return static_cast<uint16_t>(0x1233 + random.below(3));
}

uint8_t random_tos(Random& random) {
  constexpr std::array<uint8_t, 8> kMarks = {0x00, 0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c};
  constexpr uint8_t kEcmpEr = 0x01;
  const uint32_t kind = random.below(10);
  if (kind < 2) return random.octet();
  if (kind < 4) return kEcmpEr;
  return static_cast<uint8_t>(random.one_of(kMarks) | random.below(4));
}

uint8_t random_tcp_flags(Random& random) {
  constexpr std::array<uint8_t, 7> kUsual = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14};
  if (random.chance(15)) return random.octet();
  return random.chance(5) ? 0 : random.one_of(kUsual);
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "frame_fields.h"
#include "frame_writing.h"

namespace ricochet::test {
namespace {

constexpr size_t kIpAt = reference::kEthernetBytes;
constexpr size_t kChecksumAt = kIpAt + 10;

void set_high_half(Bytes& frame, size_t at, uint32_t value) {
  if (at < frame.size()) frame[at] = static_cast<uint8_t>(value << 4 | (frame[at] & 0x0f));
}

void set_low_half(Bytes& frame, size_t at, uint32_t value) {
  if (at < frame.size()) frame[at] = static_cast<uint8_t>((frame[at] & 0xf0) | (value & 0x0f));
}

void set8(Bytes& frame, size_t at, uint8_t value) {
  if (at < frame.size()) frame[at] = value;
}

bool is_ipv6(const Bytes& frame) {
  return frame[12] == kIpv6Type >> 8 && frame[13] == (kIpv6Type & 0xff);
}

// Just before, at and just behind the end of a header.
void cut_at_a_header(Random& random, Bytes& frame, size_t ip_end) {
  constexpr std::array<size_t, 5> kBehindIp = {0, 4, 8, 16, 20};
  const size_t bytes = ip_end + random.one_of(kBehindIp) + random.below(3) - 1;
  frame.resize(std::clamp(bytes, kIpAt, frame.size()));
}

// By any count of bytes; the kernel keeps Ethernet whole.
void cut_anywhere(Random& random, Bytes& frame) {
  frame.resize(kIpAt + random.below(static_cast<uint32_t>(frame.size() - kIpAt + 1)));
}

void turn_a_bit(Random& random, Bytes& frame) {
  frame[random.below(static_cast<uint32_t>(frame.size()))] ^=
      static_cast<uint8_t>(1 << random.below(8));
}

// ARP, the other family, VLAN, both bytes of IPv4 in turn.
void damage_type(Random& random, Bytes& frame) {
  constexpr std::array<uint32_t, 7> kTypes = {0x0806, kIpv6Type, kIpv4Type, 0x8100,
                                              0x0008, 0x0801,    0x0900};
  set16(frame, 12, random.chance(80) ? random.one_of(kTypes) : random.number16());
}

void damage_ipv4(Random& random, Bytes& frame) {
  const size_t ip_end = kIpAt + size_t{frame[kIpAt]} % 16 * 4;
  switch (random.below(6)) {
    case 0:
      cut_at_a_header(random, frame, ip_end);
      break;
    case 1:
      set16(frame, kIpAt + 2, random.chance(50) ? random.number16() : random.below(60));
      break;
    case 2:
      set_low_half(frame, kIpAt, random.below(16));
      break;
    case 3:
      set_high_half(frame, kIpAt, random.below(16));
      break;
    case 4:
      set_high_half(frame, ip_end + 12, random.below(16));
      break;
    default: {
      constexpr std::array<uint32_t, 4> kChecksums = {0, 1, 0xfffe, 0xffff};
      const uint32_t checksum = random.chance(40) ? random.one_of(kChecksums) : random.number16();
      set16(frame, kChecksumAt, checksum);
    }
  }
}

void damage_ipv6(Random& random, Bytes& frame) {
  constexpr size_t kIpEnd = kIpAt + reference::kIpv6HeaderBytes;
  constexpr std::array<size_t, 2> kAddresses = {kIpAt + 8, kIpAt + 24};
  // The end of an extension header, if some of the shortest are there.
  const size_t chain_end = kIpEnd + size_t{random.below(4)} * 8;
  switch (random.below(6)) {
    case 0:
      cut_at_a_header(random, frame, chain_end);
      break;
    case 1:
      set16(frame, kIpAt + 4, random.chance(50) ? random.number16() : random.below(60));
      break;
    case 2:
      set_high_half(frame, kIpAt, random.below(16));
      break;
    case 3:  // which header is next, of one that is there
      set8(frame, random.chance(50) ? kIpAt + 6 : chain_end,
           random.chance(80) ? random.one_of(reference::kExtensionHeaders) : random.octet());
      break;
    case 4:  // how long an extension header is, or where TCP ends
      set8(frame, chain_end + (random.chance(70) ? 1 : 12),
           random.chance(70) ? static_cast<uint8_t>(random.below(8)) : random.octet());
      break;
    default: {
      const size_t at = random.one_of(kAddresses);
      set_address(frame, at, reference::ipv4_address(random.number32()));
      if (random.chance(30)) set8(frame, at + random.below(12), 1);  // nearly mapped
    }
  }
}

}  // namespace

void damage(Random& random, Bytes& frame) {
  if (frame.size() <= kIpAt) return;
  switch (random.below(9)) {
    case 0:
      return cut_anywhere(random, frame);
    case 1:
      return damage_type(random, frame);
    case 2:
      return turn_a_bit(random, frame);
    default:
      return is_ipv6(frame) ? damage_ipv6(random, frame) : damage_ipv4(random, frame);
  }
}

}  // namespace ricochet::test

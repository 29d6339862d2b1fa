// SPDX-License-Identifier: Apache-2.0
#include "frame_fields.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace ricochet::test {
namespace {

constexpr size_t kIpAt = reference::kEthernetBytes;
constexpr size_t kIpBytes = 20;
constexpr uint8_t kShortestAuthentication = 0;

// First, middle, last, the reserved bit, do not fragment.
uint16_t ipv4_fragment_word(Random& random) {
  constexpr std::array<uint16_t, 6> kWords = {0x2000, 0x2001, 0x0001, 0x1fff, 0x8000, 0x4000};
  return random.chance(80) ? random.one_of(kWords) : random.number16();
}

// First, middle, last, atomic, the reserved bits alone and with a first one.
uint16_t ipv6_fragment_word(Random& random) {
  constexpr std::array<uint16_t, 7> kWords = {0x0001, 0x0009, 0x0008, 0xfff8,
                                              0x0000, 0x0006, 0x0007};
  return random.chance(80) ? random.one_of(kWords) : random.number16();
}

ExtensionFields some_extension(Random& random) {
  ExtensionFields extension{.type = random.one_of(reference::kExtensionHeaders)};
  const uint32_t kind = random.below(10);
  if (kind > 6) extension.units = static_cast<uint8_t>(random.below(5));
  if (kind == 9) extension.units = random.octet();
  if (extension.type == reference::kAuthentication && kind < 3)
    extension.units = kShortestAuthentication;
  extension.fragment_word = ipv6_fragment_word(random);
  return extension;
}

void add_extensions(Random& random, FrameFields& fields) {
  // Mostly few, and now and then more than are read.
  const uint32_t count = 1 + random.below(random.chance(20) ? 9 : 3);
  for (uint32_t i = 0; i < count; i++) {
    const auto at = fields.extensions.begin() +
                    random.below(static_cast<uint32_t>(fields.extensions.size() + 1));
    fields.extensions.insert(at, some_extension(random));
  }
}

void quote_ipv4(Random& random, FrameFields& sent) {
  if (random.chance(20)) sent.option_words = random.below(11);
  if (random.chance(10)) sent.fragment_word = random.number16();
}

}  // namespace

void be_fragment(Random& random, FrameFields& fields) {
  const bool later = random.chance(80);
  if (fields.is_ipv4()) {
    fields.fragment_word = later ? 0x0001 : 0x2000;
    return;
  }
  const uint16_t word = later ? 0x0008 : 0x0001;
  fields.extensions.push_back({.type = reference::kFragmentHeader, .fragment_word = word});
  if (random.chance(20)) fields.extensions.push_back({.type = reference::kDestinationOptions});
}

void keep_headers_in_first_buffer(Bytes& frame) {
  // A page, less what the kernel keeps free before and behind the frame.
  constexpr size_t kFirstBufferBytes = 4096 - 256 - 320;
  constexpr size_t kLongestTransportBytes = 60;
  if (frame.size() <= kFirstBufferBytes) return;
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<reference::Headers>(&read);
  const bool is_ip =
      headers || std::get<reference::Unreadable>(read) != reference::Unreadable::not_ip;
  if (!is_ip || (headers && headers->is_ipv4())) return;
  const bool may_quote = headers && headers->protocol == reference::kIcmpv6Protocol;
  if (headers && !may_quote && headers->transport_at + kLongestTransportBytes < kFirstBufferBytes)
    return;
  frame.resize(kFirstBufferBytes);
}

void vary(Random& random, FrameFields& fields) {
  fields.id = some_id(random, fields.destination);
  if (random.chance(4)) {
    constexpr std::array<uint32_t, 4> kTags = {0x81000064, 0x88a86007, 0x81000000, 0x91000001};
    for (uint32_t tags = 1 + random.below(3); tags > 0; tags--)
      fields.vlan_tags.push_back(random.one_of(kTags));
  }
  if (random.chance(15)) fields.ttl = static_cast<uint8_t>(random.below(4));
  if (random.chance(10)) fields.ttl = random.octet();
  if (random.chance(6)) fields.fragment_word = ipv4_fragment_word(random);
  if (random.chance(6) && !fields.is_ipv4()) be_fragment(random, fields);
  if (random.chance(8)) fields.option_words = random.below(11);
  if (random.chance(20) && !fields.is_ipv4()) add_extensions(random, fields);
  if (random.chance(40)) fields.payload_bytes = random.below(40);
  if (random.chance(1)) fields.payload_bytes = random.below(1500);
  // More than one buffer.
  if (random.below(2000) == 0) fields.payload_bytes = 4000 + random.below(5000);
}

void quote(Random& random, FrameFields& fields) {
  constexpr std::array<uint8_t, 8> kTypes = {3, 4, 5, 11, 12, 0, 8, 13};
  constexpr std::array<uint8_t, 14> kTypesIpv6 = {1,   2,   3,   4,   0,   127, 128,
                                                  129, 132, 133, 135, 136, 137, 138};
  const bool is_ipv4 = fields.is_ipv4();
  FrameFields sent = fields;
  std::swap(sent.source, sent.destination);
  std::swap(sent.source_port, sent.destination_port);
  if (random.chance(10)) sent.source.low ^= 1;
  if (is_ipv4) quote_ipv4(random, sent);
  if (!is_ipv4 && random.chance(25)) add_extensions(random, sent);
  Bytes frame = to_frame(sent);
  if (random.chance(20)) damage(random, frame);
  const size_t most = frame.size() - kIpAt;
  const size_t header_bytes =
      is_ipv4 ? kIpBytes + size_t{sent.option_words} * 4 : reference::kIpv6HeaderBytes;
  fields.icmp_quote.assign(frame.begin() + kIpAt, frame.end());
  if (random.chance(50)) fields.icmp_quote.resize(std::min(most, header_bytes + 8));
  if (random.chance(15)) fields.icmp_quote.resize(random.below(static_cast<uint32_t>(most + 1)));
  fields.icmp_type = is_ipv4 ? random.one_of(kTypes) : random.one_of(kTypesIpv6);
  fields.protocol = is_ipv4 ? reference::kIcmpProtocol : reference::kIcmpv6Protocol;
  if (random.chance(20)) return;
  // Of who reports it.
  fields.source = is_ipv4 ? reference::ipv4_address(192u << 24 | random.below(4))
                          : reference::Address{0x20010db800990000, random.below(4)};
}

void ask_echo(Random& random, FrameFields& fields) {
  constexpr std::array<uint16_t, 6> kChecksums = {0, 0xffff, 0xf7ff, 0x7fff, 0x0800, 0x8000};
  constexpr std::array<Mac, 3> kMacsOfMany = {Mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                              Mac{0x01, 0, 0x5e, 0, 0, 1},
                                              Mac{0x33, 0x33, 0, 0, 0, 1}};
  const bool is_ipv4 = fields.is_ipv4();
  fields.protocol = is_ipv4 ? reference::kIcmpProtocol : reference::kIcmpv6Protocol;
  fields.icmp_type = is_ipv4 ? 8 : 128;
  if (random.chance(10)) fields.icmp_type ^= static_cast<uint8_t>(1 << random.below(8));
  if (random.chance(10)) fields.icmp_code = random.octet();
  fields.icmp_checksum = random.chance(60) ? random.number16() : random.one_of(kChecksums);
  if (random.chance(8)) fields.destination_mac = random.one_of(kMacsOfMany);
}

uint32_t some_id(Random& random, const reference::Address& destination) {
  const uint32_t id = 0x1233 + random.below(3);
  return destination.is_ipv4() ? id : 0xabcd0000 | id;
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

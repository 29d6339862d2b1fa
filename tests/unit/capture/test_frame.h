// SPDX-License-Identifier: Apache-2.0
//
// Frames for tests, put together field by field.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ricochet::testing {

class TestFrame {
 public:
  TestFrame& u8(uint32_t value) {
    bytes_.push_back(static_cast<uint8_t>(value));
    return *this;
  }
  TestFrame& u16(uint32_t value) { return u8(value >> 8).u8(value); }
  TestFrame& u32(uint32_t value) { return u16(value >> 16).u16(value); }
  TestFrame& text(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }

  // From 02:00:00:00:00:01 to 02:00:00:00:00:02.
  TestFrame& ethernet(uint32_t ethertype = 0x0800) {
    return u16(0x0200).u32(2).u16(0x0200).u32(1).u16(ethertype);
  }

  struct Ip {
    uint32_t payload_bytes = 0;
    uint32_t protocol = 6;
    uint32_t tos = 0;
    uint32_t fragment = 0;  // flags and offset, as in the header
    uint32_t header_words = 5;
  };
  // From 10.0.99.1 to 10.0.10.0, TTL 64; options are zero.
  TestFrame& ipv4(const Ip& ip) {
    u8(0x40 | ip.header_words).u8(ip.tos).u16(ip.header_words * 4 + ip.payload_bytes);
    u16(7).u16(ip.fragment).u8(64).u8(ip.protocol).u16(0).u32(0x0a006301).u32(0x0a000a00);
    for (uint32_t word = 5; word < ip.header_words; ++word) u32(0);
    return *this;
  }

  // From 2001:db8::9 to 2001:db8::1, hop limit 64.
  TestFrame& ipv6(const Ip& ip) {
    u32(6u << 28 | ip.tos << 20).u16(ip.payload_bytes).u8(ip.protocol).u8(64);
    for (const uint32_t last : {9u, 1u}) u32(0x20010db8).u32(0).u32(0).u32(last);
    return *this;
  }

  // From port 40000 to port 80.
  TestFrame& tcp(uint32_t flags, uint32_t sequence, uint32_t acknowledgement,
                 uint32_t header_words = 5) {
    return u16(40000)
        .u16(80)
        .u32(sequence)
        .u32(acknowledgement)
        .u8(header_words << 4)
        .u8(flags)
        .u16(1000)
        .u16(0)
        .u16(0);
  }

  [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace ricochet::testing

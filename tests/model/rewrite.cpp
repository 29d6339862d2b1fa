// SPDX-License-Identifier: Apache-2.0
#include "rewrite.h"

#include <algorithm>

namespace ricochet::reference {
namespace {

// In the IP header.
constexpr size_t kTosAt = 1;
constexpr size_t kTtlAt = 8;
constexpr size_t kChecksumAt = 10;
// Of ones' complement numbers of 16 bits; 0 and 0xffff are the same number.
constexpr uint32_t kModulus = 0xffff;

// RFC 1071: the sum of all words of the IP header, with its checksum. 0 if that is right.
uint32_t header_sum(const Bytes& frame, const Headers& headers) {
  uint32_t sum = 0;
  for (size_t at = headers.ip_at; at < headers.ip_at + headers.ip_header_bytes; at += 2)
    sum += static_cast<uint32_t>(frame[at] << 8 | frame[at + 1]);
  return sum % kModulus;
}

void set_checksum(Bytes& frame, const Headers& headers, uint32_t checksum) {
  frame[headers.ip_at + kChecksumAt] = static_cast<uint8_t>(checksum >> 8);
  frame[headers.ip_at + kChecksumAt + 1] = static_cast<uint8_t>(checksum);
}

}  // namespace

void set_macs(Bytes& frame, const Mac& destination, const Mac& source) {
  std::ranges::copy(destination, frame.begin());
  std::ranges::copy(source, frame.begin() + static_cast<ptrdiff_t>(destination.size()));
}

void set_tos_and_ttl(Bytes& frame, const Headers& headers, uint8_t tos, uint8_t ttl) {
  const uint32_t error = header_sum(frame, headers);
  frame[headers.ip_at + kTosAt] = tos;
  frame[headers.ip_at + kTtlAt] = ttl;
  set_checksum(frame, headers, 0);
  set_checksum(frame, headers, (error + kModulus - header_sum(frame, headers)) % kModulus);
}

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
#include "model/quic_id.h"

#include <charconv>

#include "model/limits.h"

namespace ricochet {
namespace {

constexpr size_t kOctetLength = 2;
constexpr size_t kStep = kOctetLength + 1;  // with the colon

}  // namespace

Result<QuicId> QuicId::parse(std::string_view text) {
  const auto malformed = [text] {
    return error(
        "'{}' is no server ID of QUIC: write 1 to {} pairs of hexadecimal digits with colons, as "
        "in 0a:01",
        text, kQuicIdBytesMax);
  };
  const size_t bytes = (text.size() + 1) / kStep;
  if (bytes < 1 || bytes > kQuicIdBytesMax || text.size() + 1 != bytes * kStep) return malformed();
  uint64_t number = 0;
  for (size_t at = 0; at < text.size(); at += kStep) {
    uint8_t octet = 0;
    const char* begin = text.data() + at;
    const auto [stop, code] = std::from_chars(begin, begin + kOctetLength, octet, 16);
    if (code != std::errc{} || stop != begin + kOctetLength) return malformed();
    if (at + kOctetLength < text.size() && *stop != ':') return malformed();
    number = number << 8 | octet;
  }
  return QuicId(number, bytes);
}

std::string QuicId::to_string() const {
  std::string text;
  for (size_t left = bytes_; left-- > 0;) {
    text += fmt::format("{:02x}", number_ >> (8 * left) & 0xff);
    if (left > 0) text += ':';
  }
  return text;
}

}  // namespace ricochet

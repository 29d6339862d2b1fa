// SPDX-License-Identifier: Apache-2.0
#include "net/mac.h"

#include <charconv>

namespace ricochet {
namespace {

constexpr size_t kTextLength = 17;   // aa:bb:cc:dd:ee:ff
constexpr uint8_t kGroupBit = 0x01;  // of the first octet: multicast and broadcast

}  // namespace

Result<MacAddress> MacAddress::parse(std::string_view text) {
  const auto malformed = [&] {
    return error(
        "'{}' is not an Ethernet address: write six pairs of hexadecimal digits with colons, as in "
        "02:00:00:00:00:01",
        text);
  };
  if (text.size() != kTextLength) return malformed();
  std::array<uint8_t, 6> octets{};
  for (size_t index = 0; index < octets.size(); ++index) {
    const char* begin = text.data() + index * 3;
    const auto [stop, code] = std::from_chars(begin, begin + 2, octets[index], 16);
    if (code != std::errc{} || stop != begin + 2) return malformed();
    if (index < 5 && *stop != ':') return malformed();
  }
  if ((octets[0] & kGroupBit) != 0) {
    return error(
        "{} is a group address: a neighbour is one machine, give the address of its interface",
        text);
  }
  if (octets == std::array<uint8_t, 6>{}) {
    return error("{} is no machine's address: give the address of its interface", text);
  }
  return MacAddress(octets);
}

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", octets_[0], octets_[1],
                     octets_[2], octets_[3], octets_[4], octets_[5]);
}

}  // namespace ricochet

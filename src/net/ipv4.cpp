// SPDX-License-Identifier: Apache-2.0
#include "net/ipv4.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

namespace ricochet {
namespace {

// Digits only and no leading zero, because some programs read 010 as eight.
std::optional<uint32_t> parse_decimal(std::string_view text, uint32_t max) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end || value > max) return std::nullopt;
  return value;
}

uint32_t network_mask(unsigned length) {
  return length == 0 ? 0 : ~uint32_t{0} << (32 - length);
}

}  // namespace

Ipv4Address Ipv4Address::from_network_order(uint32_t value) {
  return Ipv4Address(ntohl(value));
}

Result<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  uint32_t value = 0;
  std::string_view rest = text;
  for (int index = 0; index < 4; ++index) {
    const size_t end = index < 3 ? rest.find('.') : rest.size();
    const auto octet =
        end == std::string_view::npos ? std::nullopt : parse_decimal(rest.substr(0, end), 255);
    if (!octet) {
      return error("'{}' is not an IPv4 address: write four numbers from 0 to 255, as in 10.0.0.1",
                   text);
    }
    value = value << 8 | *octet;
    rest.remove_prefix(index < 3 ? end + 1 : end);
  }
  return Ipv4Address(value);
}

uint32_t Ipv4Address::network_order() const {
  return htonl(value_);
}

std::string Ipv4Address::to_string() const {
  return fmt::format("{}.{}.{}.{}", value_ >> 24, value_ >> 16 & 0xff, value_ >> 8 & 0xff,
                     value_ & 0xff);
}

Result<Ipv4Prefix> Ipv4Prefix::make(Ipv4Address address, unsigned length) {
  if (length > 32) {
    return error("prefix length {} is too long for IPv4: use 0 to 32", length);
  }
  const auto network = Ipv4Address::from_host_order(address.host_order() & network_mask(length));
  if (network != address) {
    return error("{}/{} has host bits set: did you mean {}/{}?", address.to_string(), length,
                 network.to_string(), length);
  }
  return Ipv4Prefix(address, length);
}

Result<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = Ipv4Address::parse(text.substr(0, slash));
  if (!address) return address.error();
  if (slash == std::string_view::npos) return Ipv4Prefix(*address, 32);
  const auto length = parse_decimal(text.substr(slash + 1), 32);
  if (!length) {
    return error(
        "'{}' is not an IPv4 prefix: after the slash write a length from 0 to 32, as in "
        "10.0.1.0/24",
        text);
  }
  return make(*address, *length);
}

std::string Ipv4Prefix::to_string() const {
  return fmt::format("{}/{}", address_.to_string(), length_);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "net/prefix.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ricochet {
namespace {

// Digits only and no leading zero, because some programs read 010 as eight.
std::optional<unsigned> parse_length(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end) return std::nullopt;
  return value;
}

const char* family_of(Address address) {
  return address.is_ipv4() ? "IPv4" : "IPv6";
}

// The address with nothing behind `length` bits, which are counted in its own family.
Address network_of(Address address, unsigned length) {
  Address::Octets octets = address.octets();
  unsigned kept_bits = kIpv6Bits - prefix_length_max(address) + length;
  for (uint8_t& octet : octets) {
    const unsigned bits = std::min(kept_bits, 8u);
    octet &= static_cast<uint8_t>(0xff00u >> bits);
    kept_bits -= bits;
  }
  return Address(octets);
}

}  // namespace

unsigned prefix_length_max(Address address) {
  return address.is_ipv4() ? kIpv4Bits : kIpv6Bits;
}

Prefix::Prefix(Address host) : Prefix(host, prefix_length_max(host)) {}

Result<Prefix> Prefix::make(Address address, unsigned length) {
  const unsigned length_max = prefix_length_max(address);
  if (length > length_max) {
    return error("prefix length {} is too long for {}: use 0 to {}", length, family_of(address),
                 length_max);
  }
  const Address network = network_of(address, length);
  if (network != address) {
    return error("{}/{} has host bits set: did you mean {}/{}?", address.to_string(), length,
                 network.to_string(), length);
  }
  return Prefix(address, length);
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return address.error();
  if (slash == std::string_view::npos) return Prefix(*address);
  const auto length = parse_length(text.substr(slash + 1));
  if (!length) {
    return error("'{}' is not an {} prefix: after the slash write a length from 0 to {}, as in {}",
                 text, family_of(*address), prefix_length_max(*address),
                 address->is_ipv4() ? "10.0.1.0/24" : "2001:db8::/32");
  }
  return make(*address, *length);
}

bool Prefix::is_host() const {
  return length_ == prefix_length_max(address_);
}

bool Prefix::contains(Address address) const {
  return address.is_ipv4() == address_.is_ipv4() && network_of(address, length_) == address_;
}

std::string Prefix::to_string() const {
  return fmt::format("{}/{}", address_.to_string(), length_);
}

}  // namespace ricochet

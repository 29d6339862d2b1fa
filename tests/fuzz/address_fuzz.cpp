// SPDX-License-Identifier: Apache-2.0
//
// Addresses as people write them: what is taken has one way to be written, and that is taken again.
#include <cctype>
#include <cstdint>
#include <string>

#include "net/endpoint.h"
#include "net/mac.h"
#include "net/prefix.h"
#include "require.h"

using ricochet::Address;
using ricochet::MacAddress;
using ricochet::Prefix;
using ricochet::fuzz::require;

namespace {

void check_address(const Address& address, const std::string& text) {
  const auto again = Address::parse(address.to_string());
  require(again && *again == address, "an address is read as it was written");
  if (!address.is_ipv4()) return;
  require(address.to_string() == text, "an IPv4 address is written one way");
  require(Address::from_ipv4_network_order(address.ipv4_network_order()) == address &&
              Address::from_ipv4_host_order(address.ipv4_host_order()) == address,
          "byte order");
}

void check_prefix(const Prefix& prefix) {
  const auto again = Prefix::parse(prefix.to_string());
  require(again && *again == prefix, "a prefix is read as it was written");
  require(prefix.length() <= (prefix.address().is_ipv4() ? 32 : 128), "length of a prefix");
  require(prefix.contains(prefix.address()), "a prefix has its own address");
}

void check_endpoint(const std::string& text) {
  const auto [address, port] = ricochet::split_endpoint(text);
  if (!port || !Address::parse(address)) return;
  require(ricochet::join_endpoint(address, *port) == text, "an endpoint is put together again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto address = Address::parse(text)) check_address(*address, text);
  if (const auto prefix = Prefix::parse(text)) check_prefix(*prefix);
  check_endpoint(text);
  if (const auto mac = MacAddress::parse(text)) {
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    require(mac->to_string() == lower, "a MAC address is written one way but for case");
  }
  return 0;
}

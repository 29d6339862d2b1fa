// SPDX-License-Identifier: Apache-2.0
//
// Addresses as people write them: what is taken has one way to be written, and that is taken again.
#include <cctype>
#include <cstdint>
#include <string>

#include "net/mac.h"
#include "net/prefix.h"
#include "require.h"

using ricochet::Address;
using ricochet::MacAddress;
using ricochet::Prefix;
using ricochet::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto address = Address::parse(text)) {
    require(address->to_string() == text, "an address is written one way");
    require(Address::from_ipv4_network_order(address->ipv4_network_order()) == *address,
            "byte order");
  }
  if (const auto prefix = Prefix::parse(text)) {
    const auto again = Prefix::parse(prefix->to_string());
    require(again && *again == *prefix, "a prefix is read as it was written");
    require(prefix->length() <= 32, "length of a prefix");
  }
  if (const auto mac = MacAddress::parse(text)) {
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    require(mac->to_string() == lower, "a MAC address is written one way but for case");
  }
  return 0;
}

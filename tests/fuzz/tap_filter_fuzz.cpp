// SPDX-License-Identifier: Apache-2.0
//
// Filters of `ricochet capture` as people write them: what is taken can be written back.
#include <arpa/inet.h>

#include <bit>
#include <cstdint>
#include <string>

#include "capture/filter.h"
#include "net/address.h"
#include "require.h"

using ricochet::Address;
using ricochet::fuzz::require;

namespace {

std::string written(const rch_tap_end& end) {
  const Address address(std::bit_cast<Address::Octets>(end.address));
  const std::string text = address.to_string();
  if (end.port == 0) return text;
  return (address.is_ipv4() ? text : "[" + text + "]") + ":" + std::to_string(ntohs(end.port));
}

// IPv6 has many spellings.
bool says(const rch_tap_end& end, const std::string& text) {
  return text.find(':') != text.rfind(':') || written(end) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto filter = ricochet::parse_service_filter(text)) {
    require(says(filter->a, text), "the service is the one that was written");
    const rch_tap_end any{};
    require(rch_same_address(&filter->b.address, &any.address) && filter->b.port == 0,
            "the other end is anyone");
    require(filter->enabled == 0, "the filter is not on yet");
  }
  if (const auto filter = ricochet::parse_tuple_filter(text)) {
    const size_t comma = text.find(',');
    require(says(filter->a, text.substr(0, comma)) && says(filter->b, text.substr(comma + 1)),
            "the ends that were written");
    require(filter->a.port != 0 && filter->b.port != 0, "both ends have a port");
  }
  return 0;
}

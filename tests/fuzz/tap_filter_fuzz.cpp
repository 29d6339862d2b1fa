// SPDX-License-Identifier: Apache-2.0
//
// Filters of `ricochet capture` as people write them: what is taken can be written back.
#include <arpa/inet.h>

#include <cstdint>
#include <string>

#include "capture/filter.h"
#include "net/address.h"
#include "require.h"

using ricochet::Address;
using ricochet::fuzz::require;

namespace {

std::string written(const rch_tap_end& end) {
  const std::string address = Address::from_ipv4_network_order(end.address).to_string();
  return end.port == 0 ? address : address + ":" + std::to_string(ntohs(end.port));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto filter = ricochet::parse_service_filter(text)) {
    require(written(filter->a) == text, "the service is the one that was written");
    require(filter->b.address == 0 && filter->b.port == 0, "the other end is anyone");
    require(filter->enabled == 0, "the filter is not on yet");
  }
  if (const auto filter = ricochet::parse_tuple_filter(text)) {
    require(written(filter->a) + "," + written(filter->b) == text, "the ends that were written");
    require(filter->a.port != 0 && filter->b.port != 0, "both ends have a port");
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.h"

namespace ricochet {
namespace {

bool has_colon(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

}  // namespace

EndpointText split_endpoint(std::string_view text) {
  const EndpointText whole{.address = text, .port = std::nullopt};
  if (text.starts_with('[')) {
    const size_t bracket = text.find("]:");
    if (bracket == std::string_view::npos) return whole;
    const std::string_view address = text.substr(1, bracket - 1);
    return has_colon(address) ? EndpointText{address, text.substr(bracket + 2)} : whole;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || has_colon(text.substr(colon + 1))) return whole;
  return {.address = text.substr(0, colon), .port = text.substr(colon + 1)};
}

std::string join_endpoint(std::string_view address, std::string_view port) {
  if (has_colon(address)) return fmt::format("[{}]:{}", address, port);
  return fmt::format("{}:{}", address, port);
}

std::string join_endpoint(Address address, uint16_t port) {
  return join_endpoint(address.to_string(), std::to_string(port));
}

}  // namespace ricochet

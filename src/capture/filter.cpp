// SPDX-License-Identifier: Apache-2.0
#include "capture/filter.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

#include "net/endpoint.h"

namespace ricochet {
namespace {

// 1..65535 in decimal digits alone, no leading zero.
std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, port);
  if (failure != std::errc() || stop != end || text.front() == '0') return std::nullopt;
  return port;
}

Result<rch_tap_end> parse_end(std::string_view text, bool port_required) {
  const auto [place, port_text] = split_endpoint(text);
  const auto address = Address::parse(place);
  if (!address) return address.error();
  if (!address->is_ipv4()) return error("{} is IPv6, which is not captured yet", place);
  // The data plane takes a zero for "any".
  if (*address == Address()) return error("0.0.0.0 is no address of a packet");

  rch_tap_end end{.address = address->ipv4_network_order(), .port = 0, .reserved = 0};
  if (!port_text) {
    if (port_required) return error("'{}' has no port: write {}:PORT", text, text);
    return end;
  }
  const auto port = parse_port(*port_text);
  if (!port) return error("'{}' is not a port: write 1 to 65535", *port_text);
  end.port = htons(*port);
  return end;
}

}  // namespace

Result<rch_tap_filter> parse_service_filter(std::string_view text) {
  const auto service = parse_end(text, /*port_required=*/false);
  if (!service) return service.error();
  return rch_tap_filter{.enabled = 0, .a = *service, .b = {}};
}

Result<rch_tap_filter> parse_tuple_filter(std::string_view text) {
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos) {
    return error("'{}' is one end of a flow: write ADDRESS:PORT,ADDRESS:PORT", text);
  }
  const auto a = parse_end(text.substr(0, comma), /*port_required=*/true);
  if (!a) return a.error();
  const auto b = parse_end(text.substr(comma + 1), /*port_required=*/true);
  if (!b) return b.error();
  return rch_tap_filter{.enabled = 0, .a = *a, .b = *b};
}

}  // namespace ricochet

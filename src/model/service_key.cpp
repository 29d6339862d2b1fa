// SPDX-License-Identifier: Apache-2.0
#include "model/service_key.h"

#include <charconv>
#include <optional>

#include "net/endpoint.h"

namespace ricochet {
namespace {

Error malformed(std::string_view text) {
  return error(
      "'{}' is no service: write ADDRESS:PORT/PROTOCOL, ADDRESS:FIRST-LAST/PROTOCOL, ADDRESS or "
      "PREFIX, as in 10.0.10.0:80/tcp or [2001:db8::1]:80/tcp",
      text);
}

// Where an address is expected: its port was not set apart, as in 2001:db8::1:80/tcp.
bool names_protocol(std::string_view text) {
  return text.ends_with("/tcp") || text.ends_with("/udp");
}

// 1 to 65535, digits only.
std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc{} || end != text.data() + text.size() || text.starts_with('0')) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

uint32_t port_count(const ServiceKey& key) {
  if (key.port == 0) return 0;
  return key.last_port == 0 ? 1 : uint32_t{key.last_port} - key.port + 1;
}

std::string to_string(const ServiceKey& key) {
  std::string place =
      key.prefix.is_host() ? key.prefix.address().to_string() : key.prefix.to_string();
  if (key.port == 0) return place;
  const std::string ports =
      key.last_port == 0 ? std::to_string(key.port) : fmt::format("{}-{}", key.port, key.last_port);
  return join_endpoint(place, fmt::format("{}/{}", ports, to_string(key.protocol)));
}

Result<ServiceKey> parse_service_key(std::string_view text) {
  const auto [place, rest] = split_endpoint(text);
  const auto prefix = Prefix::parse(place);
  if (!prefix) return names_protocol(place) ? malformed(text) : prefix.error();
  if (!rest) return ServiceKey{.prefix = *prefix};
  const size_t slash = rest->find('/');
  if (slash == std::string_view::npos) return malformed(text);
  const auto protocol = parse_protocol(rest->substr(slash + 1));
  if (!protocol || *protocol == Protocol::any) return malformed(text);

  const std::string_view ports = rest->substr(0, slash);
  const size_t dash = ports.find('-');
  const auto first = parse_port(ports.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(ports.substr(dash + 1));
  if (!first || !last || *last < *first) return malformed(text);
  return ServiceKey{.prefix = *prefix,
                    .port = *first,
                    .last_port = *last == *first ? uint16_t{0} : *last,
                    .protocol = *protocol};
}

}  // namespace ricochet

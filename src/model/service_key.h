// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/choices.h"
#include "net/prefix.h"
#include "util/result.h"

namespace ricochet {

// What clients connect to: an address with protocol and port or ports, an address with every port
// (port 0, Protocol::any), or a prefix (likewise).
struct ServiceKey {
  Prefix prefix;
  uint16_t port = 0;
  uint16_t last_port = 0;  // of a range port..last_port; 0 when it is one port or every port
  Protocol protocol = Protocol::any;

  auto operator<=>(const ServiceKey&) const = default;
};

// How many ports it names; 0: every port.
uint32_t port_count(const ServiceKey& key);

// Its name everywhere: "10.0.10.0:80/tcp", "10.0.10.0:8000-8010/udp", "10.0.10.0", "10.0.1.0/24",
// "[2001:db8::1]:80/tcp", "2001:db8::1", "2001:db8::/32".
std::string to_string(const ServiceKey& key);
Result<ServiceKey> parse_service_key(std::string_view text);

}  // namespace ricochet

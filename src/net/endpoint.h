// SPDX-License-Identifier: Apache-2.0
//
// An address with a port as text: "10.0.0.1:80", "[2001:db8::1]:80".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/address.h"

namespace ricochet {

// Views of the two parts, which need not be what they should be.
struct EndpointText {
  std::string_view address;
  std::optional<std::string_view> port;  // none: there was nothing that sets one apart
};

// An address with colons stands between brackets if a port follows, and only then. Where no port is
// set apart so, the whole text is for Address::parse() to take or refuse.
EndpointText split_endpoint(std::string_view text);

// `port` may be more than a number: "80/tcp". The inverse of split_endpoint().
std::string join_endpoint(std::string_view address, std::string_view port);
std::string join_endpoint(Address address, uint16_t port);

}  // namespace ricochet

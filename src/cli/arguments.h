// SPDX-License-Identifier: Apache-2.0
//
// Validators for values that several subcommands take: wrong ones are errors of usage.
#pragma once

#include <CLI/CLI.hpp>

#include "net/ipv4.h"
#include "net/mac.h"

namespace ricochet {

inline CLI::Validator ipv4_address() {
  return {[](const std::string& text) {
            const auto parsed = Ipv4Address::parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          "IPV4"};
}

inline CLI::Validator ipv4_prefix() {
  return {[](const std::string& text) {
            const auto parsed = Ipv4Prefix::parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          "PREFIX"};
}

// An address or the word `connected`.
inline CLI::Validator next_hop() {
  return {[](const std::string& text) {
            const auto parsed = Ipv4Address::parse(text);
            return parsed || text == "connected" ? std::string() : parsed.error().message;
          },
          "IPV4|connected"};
}

inline CLI::Validator mac_address() {
  return {[](const std::string& text) {
            const auto parsed = MacAddress::parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          "MAC"};
}

}  // namespace ricochet

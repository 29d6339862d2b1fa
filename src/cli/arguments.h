// SPDX-License-Identifier: Apache-2.0
//
// Values that several subcommands take: wrong ones are errors of usage.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "model/configuration.h"

namespace ricochet {

// A check by a function that returns a Result.
template <class Parse>
CLI::Validator parsed_by(Parse parse, const std::string& type) {
  return {[parse](const std::string& text) {
            const auto parsed = parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          type};
}

inline CLI::Validator ip_address() {
  return parsed_by(&Address::parse, "");
}
inline CLI::Validator ip_prefix() {
  return parsed_by(&Prefix::parse, "PREFIX");
}
inline CLI::Validator mac_address() {
  return parsed_by(&MacAddress::parse, "MAC");
}

// An address or the word `connected`.
inline CLI::Validator next_hop() {
  return {[](const std::string& text) {
            const auto parsed = Address::parse(text);
            return parsed || text == "connected" ? std::string() : parsed.error().message;
          },
          "ADDRESS|connected"};
}

// Arguments of these names, and options of these types, are completed with what the router has.
inline constexpr const char* kPoolArgument = "POOL";
inline constexpr const char* kServiceArgument = "SERVICE";
inline constexpr const char* kBackendArgument = "BACKEND";
inline constexpr const char* kInterfaceArgument = "INTERFACE";
inline constexpr const char* kVerdictArgument = "VERDICT";

inline CLI::Validator pool_name() {
  return {[](const std::string& text) {
            const auto wrong =
                find_invalid({.pools = {{text, Pool{}}}, .services = {}, .neighbours = {}});
            return wrong ? wrong->message : std::string();
          },
          ""};
}

inline CLI::Option* add_pool_argument(CLI::App& command, std::string& name) {
  return command.add_option(kPoolArgument, name, "Name of the pool")
      ->required()
      ->type_name("")
      ->check(pool_name());
}

inline CLI::Option* add_service_argument(CLI::App& command, std::string& name) {
  return command
      .add_option(kServiceArgument, name,
                  "ADDRESS:PORT/tcp, ADDRESS:PORT-PORT/udp, ADDRESS (every port), or a prefix")
      ->required()
      ->type_name("")
      ->check(parsed_by(&parse_service_key, ""));
}

}  // namespace ricochet

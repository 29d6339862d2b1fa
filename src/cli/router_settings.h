// SPDX-License-Identifier: Apache-2.0
//
// The settings of the router's daemon: what the command line says, else the `router:` section of
// the configuration file, else the default.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/file.h"

namespace ricochet {

// A value of `listen`: the API is on its Unix socket alone.
inline constexpr std::string_view kListenNone = "none";

struct RouterSettings {
  std::vector<std::string> ports;
  std::vector<std::string> backend_ports;
  std::string listen = "127.0.0.1:5000";
  std::string socket;  // path of the API's Unix socket
  uint64_t seed = 0;
  uint32_t settle_ms = 1000;
  uint32_t table_memory_mib = 32;
  uint32_t pin_memory_mib = 8;
  uint32_t pin_idle_s = 300;
  uint32_t flow_memory_mib = 8;
  uint32_t flow_idle_s = 120;
  uint32_t source_prefix_ipv4_bits = 24;
  uint32_t source_prefix_ipv6_bits = 56;
  bool learn_neighbours = true;
  bool answer_echo = true;
  ForwardOther forward_other = ForwardOther::kernel;
};

// Refuses settings without ports. state_dir is where the socket is unless one says otherwise.
Result<RouterSettings> resolve_settings(const RouterSection& command_line,
                                        const RouterSection& file,
                                        const std::filesystem::path& state_dir);

// As in the section of the file, complete.
nlohmann::ordered_json to_json(const RouterSettings& settings);

}  // namespace ricochet

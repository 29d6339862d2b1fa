// SPDX-License-Identifier: Apache-2.0
//
// The configuration file (docs/configuration.md): settings of the router's daemon, and the
// configuration that the daemon is to have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/decode_result.h"
#include "config/yaml_document.h"
#include "model/configuration.h"
#include "util/result.h"

namespace ricochet {

inline constexpr uint64_t kFileVersion = 1;
inline constexpr uint32_t kFileSettleMaxMs = 600'000;
inline constexpr uint32_t kFileTableMemoryMaxMib = 16'384;
inline constexpr uint32_t kFilePinMemoryMaxMib = 64;
inline constexpr uint32_t kFilePinIdleMinS = 8;
inline constexpr uint32_t kFilePinIdleMaxS = 86'400;
inline constexpr uint32_t kFileFlowMemoryMaxMib = 64;
inline constexpr uint32_t kFileFlowIdleMinS = 8;
inline constexpr uint32_t kFileFlowIdleMaxS = 86'400;

// Settings that the daemon reads when it starts. No value: the file does not say it. Of interfaces
// and addresses only the shape is checked; the daemon judges them.
struct RouterSection {
  std::optional<std::vector<std::string>> ports;
  std::optional<std::vector<std::string>> backend_ports;
  std::optional<std::string> listen;
  std::optional<std::string> socket;
  std::optional<uint64_t> seed;
  std::optional<uint32_t> settle_ms;
  std::optional<uint32_t> table_memory_mib;
  std::optional<uint32_t> pin_memory_mib;
  std::optional<uint32_t> pin_idle_s;
  std::optional<uint32_t> flow_memory_mib;
  std::optional<uint32_t> flow_idle_s;
  std::optional<uint32_t> source_prefix_ipv4_bits;
  std::optional<uint32_t> source_prefix_ipv6_bits;
  std::optional<bool> learn_neighbours;
  std::optional<bool> answer_echo;
  std::optional<ForwardOther> forward_other;

  bool operator==(const RouterSection&) const = default;
};

struct ConfigurationFile {
  RouterSection router;
  Configuration configuration;  // find_invalid() has nothing against it

  // Where it was read; an export needs neither.
  std::string name;
  KeyLine lines;
};

// The error has a line "FILE:LINE: what is wrong" for each of the first 20 things that are.
Result<ConfigurationFile> read_configuration_file(const std::string& path);
Result<ConfigurationFile> parse_configuration_file(std::string_view text, const std::string& name);

// "FILE:LINE: message", for what turns out later to be wrong with a part of the file. The line is
// that of the nearest key above if the part is not in the file.
std::string located(const ConfigurationFile& file, const Invalid& invalid);

// Text that is read as the same router section and configuration. What is as by default is left
// out, but for the values of the router section.
std::string to_yaml(const ConfigurationFile& file);

OrderedJson to_json(const RouterSection& router);  // only what it says
DecodeResult<RouterSection> decode_router_section(const OrderedJson& json, const Keys& where = {});

}  // namespace ricochet

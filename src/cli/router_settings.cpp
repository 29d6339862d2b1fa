// SPDX-License-Identifier: Apache-2.0
#include "cli/router_settings.h"

#include <algorithm>

namespace ricochet {
namespace {

template <class Value>
void resolve(Value& value, const std::optional<Value>& command_line,
             const std::optional<Value>& file) {
  if (command_line) {
    value = *command_line;
  } else if (file) {
    value = *file;
  }
}

}  // namespace

Result<RouterSettings> resolve_settings(const RouterSection& command_line,
                                        const RouterSection& file,
                                        const std::filesystem::path& state_dir) {
  RouterSettings settings;
  settings.socket = std::filesystem::absolute(state_dir / "api.sock").string();
  resolve(settings.ports, command_line.ports, file.ports);
  resolve(settings.backend_ports, command_line.backend_ports, file.backend_ports);
  resolve(settings.listen, command_line.listen, file.listen);
  resolve(settings.socket, command_line.socket, file.socket);
  resolve(settings.seed, command_line.seed, file.seed);
  resolve(settings.settle_ms, command_line.settle_ms, file.settle_ms);
  resolve(settings.table_memory_mib, command_line.table_memory_mib, file.table_memory_mib);
  resolve(settings.pin_memory_mib, command_line.pin_memory_mib, file.pin_memory_mib);
  resolve(settings.pin_idle_s, command_line.pin_idle_s, file.pin_idle_s);
  resolve(settings.flow_memory_mib, command_line.flow_memory_mib, file.flow_memory_mib);
  resolve(settings.flow_idle_s, command_line.flow_idle_s, file.flow_idle_s);
  resolve(settings.source_prefix_ipv4_bits, command_line.source_prefix_ipv4_bits,
          file.source_prefix_ipv4_bits);
  resolve(settings.source_prefix_ipv6_bits, command_line.source_prefix_ipv6_bits,
          file.source_prefix_ipv6_bits);
  resolve(settings.learn_neighbours, command_line.learn_neighbours, file.learn_neighbours);
  resolve(settings.answer_echo, command_line.answer_echo, file.answer_echo);
  resolve(settings.forward_other, command_line.forward_other, file.forward_other);
  if (settings.ports.empty()) {
    return error(
        "name the interfaces to forward between: --ports eth0,eth1, or router.ports in the "
        "configuration file");
  }
  return settings;
}

nlohmann::ordered_json to_json(const RouterSettings& settings) {
  return {{"ports", settings.ports},
          {"backend_ports", settings.backend_ports},
          {"listen", settings.listen},
          {"socket", settings.socket},
          {"seed", settings.seed},
          {"settle_ms", settings.settle_ms},
          {"table_memory_mib", settings.table_memory_mib},
          {"pin_memory_mib", settings.pin_memory_mib},
          {"pin_idle_s", settings.pin_idle_s},
          {"flow_memory_mib", settings.flow_memory_mib},
          {"flow_idle_s", settings.flow_idle_s},
          {"source_prefix_ipv4_bits", settings.source_prefix_ipv4_bits},
          {"source_prefix_ipv6_bits", settings.source_prefix_ipv6_bits},
          {"learn_neighbours", settings.learn_neighbours},
          {"answer_echo", settings.answer_echo},
          {"forward_other", to_string(settings.forward_other)}};
}

}  // namespace ricochet

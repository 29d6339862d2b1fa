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
  resolve(settings.learn_neighbours, command_line.learn_neighbours, file.learn_neighbours);
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
          {"learn_neighbours", settings.learn_neighbours}};
}

}  // namespace ricochet

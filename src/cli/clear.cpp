// SPDX-License-Identifier: Apache-2.0
//
// `ricochet clear`: makes the router forget everything.
#include <memory>

#include "cli/api_client.h"

namespace ricochet {

void register_clear(CLI::App& app, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = app.add_subcommand(
      "clear", "Forget the queue and all services, pools and neighbours, at once");
  add_api_options(*command, *api);
  command->footer(
      "Connections through the router stop: their owners are forgotten too.\n"
      "Example: ricochet clear");
  command->callback([api, &exit_code] { exit_code = send_command(*api, "/clear"); });
}

}  // namespace ricochet

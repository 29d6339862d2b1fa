// SPDX-License-Identifier: Apache-2.0
//
// `ricochet install`: makes what is queued true.
#include <memory>

#include "cli/api_client.h"

namespace ricochet {

void register_install(CLI::App& app, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = app.add_subcommand("install", "Publish the queued routes as one generation");
  add_api_options(*command, *api);
  command->footer(
      "All queued routes take effect together, or none. A packet sees the old tables or the new\n"
      "ones, never a mixture.\n"
      "Example: ricochet install");
  command->callback([api, &exit_code] { exit_code = send_command(*api, "/install"); });
}

}  // namespace ricochet

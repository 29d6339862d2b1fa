// SPDX-License-Identifier: Apache-2.0
//
// `ricochet detach`: takes the programs off the interfaces.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/json_line.h"
#include "cli/state_lock.h"
#include "cli/subcommands.h"
#include "dataplane/state_dir.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace ricochet {
namespace {

struct DetachArguments {
  std::string state_dir;
  bool purge = false;
  bool json = false;
};

Result<std::vector<std::string>> detach(const DetachArguments& arguments) {
  const auto state = StateDir::open(arguments.state_dir);
  if (!state) return state.error();
  // Changes of a daemon that goes on would go to maps that no program reads.
  const auto lock = StateLock::acquire(arguments.state_dir);
  if (!lock) return lock.error();
  auto interfaces = state->detach();
  if (!interfaces) return interfaces.error();
  if (arguments.purge) {
    if (const auto purged = state->purge(); !purged) return purged.error();
  }
  return interfaces;
}

void print(const DetachArguments& arguments, const Result<std::vector<std::string>>& interfaces) {
  if (arguments.json) {
    nlohmann::ordered_json json = {{"ok", interfaces.ok()}};
    if (interfaces) {
      json["detached"] = *interfaces;
      json["purged"] = arguments.purge;
    } else {
      json["message"] = interfaces.error().message;
    }
    std::cout << json_line(json);
    return;
  }
  if (!interfaces) {
    std::cerr << "ricochet detach: " << interfaces.error().message << '\n';
    return;
  }
  std::cout << (interfaces->empty() ? "nothing was attached"
                                    : fmt::format("detached {}", fmt::join(*interfaces, ", ")))
            << (arguments.purge ? "; pins, store and directory removed\n" : "\n");
}

}  // namespace

void register_detach(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<DetachArguments>();
  CLI::App* command =
      app.add_subcommand("detach", "Take a router's or agent's programs off its interfaces");
  command->add_option("--state", arguments->state_dir, "Directory that the daemon ran with")
      ->required();
  command->add_flag("--purge", arguments->purge,
                    "Remove everything else as well: tables, counters, generations, directory");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Stop the daemon first. Without --purge a new daemon finds the tables as they were.\n"
      "Example: ricochet detach --state /var/lib/ricochet/router --purge");
  command->callback([arguments, &exit_code] {
    const auto interfaces = detach(*arguments);
    print(*arguments, interfaces);
    if (!interfaces) exit_code = ExitCode::refused;
  });
}

}  // namespace ricochet

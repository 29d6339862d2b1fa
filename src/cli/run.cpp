// SPDX-License-Identifier: Apache-2.0
#include "cli/run.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/subcommands.h"
#include "config/nearest_word.h"

namespace ricochet {
namespace {

// The subcommand that was reached last.
const CLI::App& innermost(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.front());
}

// CLI11 says of a mistyped subcommand only that one is required. Empty: none was typed.
std::string describe_unknown_subcommand(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining();
  if (words.empty() || words.front().starts_with('-')) return {};
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto nearest = nearest_word(words.front(), views);
  return fmt::format("{} has no subcommand '{}'{}", app.get_name(), words.front(),
                     nearest ? fmt::format(": did you mean {}?", *nearest) : "");
}

}  // namespace

int run(int argc, const char* const* argv) {
  ExitCode exit_code = ExitCode::done;
  CLI::App app("Ricochet: a layer-4 load balancer that does not break connections", "ricochet");
  app.set_version_flag("--version", "ricochet " RICOCHET_VERSION);
  app.set_help_all_flag("--help-all", "Print the help of every subcommand and exit");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n"
      "`ricochet SUBCOMMAND --help` tells more.");

  register_router(app, exit_code);
  register_agent(app, exit_code);
  register_service(app, exit_code);
  register_pool(app, exit_code);
  register_backend(app, exit_code);
  register_neighbour(app, exit_code);
  register_route(app, exit_code);
  register_install(app, exit_code);
  register_clear(app, exit_code);
  register_tables(app, exit_code);
  register_apply(app, exit_code);
  register_export(app, exit_code);
  register_generations(app, exit_code);
  register_trace(app, exit_code);
  register_explain(app, exit_code);
  register_simulate(app, exit_code);
  register_status(app, exit_code);
  register_capture(app, exit_code);
  register_detach(app, exit_code);
  register_completion(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& missing) {
    const CLI::App& reached = innermost(app);
    const std::string unknown =
        reached.get_require_subcommand_min() > 0 ? describe_unknown_subcommand(reached) : "";
    app.exit(unknown.empty() ? missing : CLI::RequiredError(unknown, missing.get_exit_code()));
    exit_code = ExitCode::wrong_usage;
  } catch (const CLI::ParseError& outcome) {  // --help and --version too
    if (app.exit(outcome) != 0) exit_code = ExitCode::wrong_usage;
  }
  return static_cast<int>(exit_code);
}

}  // namespace ricochet

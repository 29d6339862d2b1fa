// SPDX-License-Identifier: Apache-2.0
//
// The subcommands of `ricochet`, one file each. register_x adds the subcommand to `app` with its
// options, help and a callback; the callback runs while main parses and says how it ended through
// `exit_code`. Both outlive every callback.
#pragma once

#include <CLI/CLI.hpp>

namespace ricochet {

// What the process returns to the shell. CLI11's own errors of usage become wrong_usage in main.
enum class ExitCode { done = 0, refused = 1, wrong_usage = 2 };

// Foreground daemons.
void register_router(CLI::App& app, ExitCode& exit_code);
void register_agent(CLI::App& app, ExitCode& exit_code);

// Read or remove what a daemon pinned, by --state.
void register_status(CLI::App& app, ExitCode& exit_code);
void register_capture(CLI::App& app, ExitCode& exit_code);
void register_detach(CLI::App& app, ExitCode& exit_code);

// Clients of the router's HTTP API, by --api.
void register_service(CLI::App& app, ExitCode& exit_code);
void register_pool(CLI::App& app, ExitCode& exit_code);
void register_backend(CLI::App& app, ExitCode& exit_code);
void register_neighbour(CLI::App& app, ExitCode& exit_code);
void register_generations(CLI::App& app, ExitCode& exit_code);
void register_trace(CLI::App& app, ExitCode& exit_code);
void register_apply(CLI::App& app, ExitCode& exit_code);
void register_export(CLI::App& app, ExitCode& exit_code);

// The same, by the requests of the ECMP-ER paper.
void register_route(CLI::App& app, ExitCode& exit_code);
void register_install(CLI::App& app, ExitCode& exit_code);
void register_clear(CLI::App& app, ExitCode& exit_code);
void register_tables(CLI::App& app, ExitCode& exit_code);

// Ask nobody.
void register_explain(CLI::App& app, ExitCode& exit_code);
void register_simulate(CLI::App& app, ExitCode& exit_code);

// For the shell.
void register_completion(CLI::App& app);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What the client subcommands share: their options, a request to the router's API, and how its
// outcome is shown.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/subcommands.h"

namespace ricochet {

struct ApiOptions {
  std::string url = "http://127.0.0.1:5000";
  bool json = false;
};

// Adds --api and --json. options outlives the app.
void add_api_options(CLI::App& app, ApiOptions& options);

// Sends PUT and prints the answer: text to standard output, or standard error if it is a refusal;
// with --json {"ok":...,"message":...} to standard output.
ExitCode send_command(const ApiOptions& options, const std::string& path);

// Sends GET and prints what it gives, with --json as JSON with "ok" added.
ExitCode show(const ApiOptions& options, const std::string& path);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What the subcommands that change the router's configuration share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/answer.h"
#include "cli/api_client.h"

namespace ricochet {

struct ChangeArguments {
  ApiOptions api;
  bool dry_run = false;
  std::optional<uint64_t> if_generation;
};

// Adds --dry-run, --if-generation and what add_api_options() adds. options outlives the app.
void add_change_options(CLI::App& app, ChangeArguments& options,
                        const char* state_option = "--state");

// The request with what the options add to it.
ApiCall with_options(const ChangeArguments& options, ApiCall call);

// Makes the change and says what came of it.
Result<Answer> change(const ChangeArguments& options, const ApiCall& call);
ExitCode send_change(const ChangeArguments& options, const ApiCall& call);

// Only if it is not there yet.
ApiCall put_new(const std::string& path, nlohmann::ordered_json body);

// For people, of the API's answer to a change: the lines of the difference, what it did or would
// do to connections, warnings.
Answer describe_change(const nlohmann::ordered_json& outcome);

// The lines of a difference, each by what it says: added, removed, changed.
std::string paint_difference(const nlohmann::ordered_json& lines);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What the word that is being typed can be, from the options and subcommands of the program.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/api_client.h"

namespace ricochet {

// Names of things that a router has now: of the `kind` of kPoolArgument and its fellows
// (cli/arguments.h); of backends, those of the pool. Empty if nobody answers.
using NameSource = std::function<std::vector<std::string>(
    const std::string& kind, const std::string& pool, const ApiOptions& options)>;

// The words that may stand where the last of `words` is and that begin with it. words: what follows
// the name of the program; the last one may be empty. Nothing: leave it to the shell (files).
std::vector<std::string> complete(const CLI::App& app, const std::vector<std::string>& words,
                                  const NameSource& names);

}  // namespace ricochet

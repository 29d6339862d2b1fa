// SPDX-License-Identifier: Apache-2.0
//
// The command line of `ricochet router`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/daemon_options.h"
#include "config/file.h"

namespace ricochet {

struct RouterArguments {
  std::string config;  // path of the configuration file; empty: none
  std::string state_dir = "/var/lib/ricochet/router";
  RouterSection section;  // only what was given
  TableOptions table;     // of the pools that the paper's routes make
  DaemonOptions daemon;
};

// `arguments` outlives the parsing.
void add_router_options(CLI::App& command, RouterArguments& arguments);

// What they must be together.
Result<void> check_table_options(const RouterArguments& arguments);

}  // namespace ricochet

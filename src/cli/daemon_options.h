// SPDX-License-Identifier: Apache-2.0
//
// What both daemons have in common on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "util/result.h"

namespace ricochet {

struct DaemonOptions {
  std::string log_format = "text";
  std::string log_level;  // empty: the environment decides
  bool detach_on_exit = false;
  bool allow_loss = false;  // counters of another version, which cannot be taken over, begin at 0
};

// `options` outlives the parsing.
void add_daemon_options(CLI::App& command, DaemonOptions& options);

// The first thing that a daemon does.
void start_log(const DaemonOptions& options);

// The last thing: takes the programs off and removes the pins if that was asked for, and logs which
// it was. Needs no capability. The bpffs stays mounted, empty, for the next start.
Result<void> end_dataplane(const std::filesystem::path& state_dir, const DaemonOptions& options);

}  // namespace ricochet

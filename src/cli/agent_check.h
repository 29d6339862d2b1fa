// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "cli/subcommands.h"

namespace ricochet {

// `ricochet agent check`, a subcommand of `agent`; as register_agent().
void register_agent_check(CLI::App& agent, ExitCode& exit_code);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ricochet {

// The program: parses the command line, runs the subcommand, returns the exit status.
int run(int argc, const char* const* argv);

}  // namespace ricochet

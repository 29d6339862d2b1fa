// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>

#include <exception>

#include "cli/run.h"
#include "util/log.h"

int main(int argc, char** argv) {
  // On standard error: standard output belongs to the results of subcommands.
  ricochet::start_log(ricochet::LogFormat::text);
  try {
    return ricochet::run(argc, argv);
  } catch (const std::exception& failure) {
    spdlog::critical("{}", failure.what());
    return 1;
  }
}

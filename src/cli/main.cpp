// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>

#include "cli/run.h"

int main(int argc, char** argv) {
  // Standard output belongs to the results of subcommands.
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "ricochet", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  try {
    return ricochet::run(argc, argv);
  } catch (const std::exception& failure) {
    spdlog::critical("{}", failure.what());
    return 1;
  }
}

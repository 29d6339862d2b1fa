// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_options.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <optional>

#include "dataplane/state_dir.h"
#include "util/log.h"

namespace ricochet {

void add_daemon_options(CLI::App& command, DaemonOptions& options) {
  command.add_option("--log-format", options.log_format, "text, or json: one object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command
      .add_option("--log-level", options.log_level,
                  "Least level that is logged (default: $SPDLOG_LEVEL, or info)")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  command.add_flag("--detach-on-exit", options.detach_on_exit,
                   "When SIGTERM comes, take the program off and forget its tables");
  command.add_flag("--allow-loss", options.allow_loss,
                   "Let counters begin at 0 where another version's cannot be taken over");
}

void start_log(const DaemonOptions& options) {
  std::optional<LogLevel> level;
  if (!options.log_level.empty()) level = *parse_log_level(options.log_level);
  start_log(*parse_log_format(options.log_format), level);
}

Result<void> end_dataplane(const std::filesystem::path& state_dir, const DaemonOptions& options) {
  if (!options.detach_on_exit) {
    spdlog::info("stopped; the data plane stays in force until `ricochet detach --state {}`",
                 state_dir.string());
    return {};
  }
  const auto state = StateDir::open(state_dir);
  if (!state) return state.error();
  const auto interfaces = state->detach();
  if (!interfaces) return interfaces.error();
  if (auto removed = state->remove_pins(); !removed) return removed;
  spdlog::info("stopped; detached {}", fmt::join(*interfaces, ", "));
  return {};
}

}  // namespace ricochet

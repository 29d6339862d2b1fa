// SPDX-License-Identifier: Apache-2.0
//
// The log of the process: spdlog's default logger, on standard error, one line an event.
#pragma once

#include <spdlog/common.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "util/log_format.h"
#include "util/result.h"

namespace ricochet {

using LogLevel = spdlog::level::level_enum;

// "trace", "debug", "info", "warn" or "error".
Result<LogLevel> parse_log_level(std::string_view name);

// Makes the default logger; may be called again. Lines are limited (log_limiter.h), and coloured if
// standard error is a terminal. Without a level the environment variable SPDLOG_LEVEL decides, and
// without that it is info.
void start_log(LogFormat format, std::optional<LogLevel> level = std::nullopt);

// An event with values of its own:
//   log_event(spdlog::level::info, "generation installed", {{"generation", 7}});
// text: "... info  generation installed generation=7"; json: one more member, "generation":7.
void log_event(LogLevel level, std::string_view message, const std::vector<LogField>& fields);

}  // namespace ricochet

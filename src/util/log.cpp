// SPDX-License-Identifier: Apache-2.0
#include "util/log.h"

#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "util/log_limiter.h"

namespace ricochet {
namespace {

constexpr LogLimiter::Limit kLimit{.lines_per_second = 20, .burst_lines = 200};

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels = {{
    {"trace", spdlog::level::trace},
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warn", spdlog::level::warn},
    {"error", spdlog::level::err},
}};

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  const auto* const found =
      std::ranges::find(kLevels, name, &std::pair<std::string_view, LogLevel>::first);
  if (found != kLevels.end()) return found->second;
  return error("'{}' is no level of the log: trace, debug, info, warn or error", name);
}

void start_log(LogFormat format, std::optional<LogLevel> level) {
  auto sink =
      std::make_shared<LogLimiter>(std::make_shared<spdlog::sinks::stderr_color_sink_mt>(), kLimit);
  sink->set_formatter(make_log_formatter(format));
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("ricochet", std::move(sink)));
  if (level) {
    spdlog::set_level(*level);
  } else {
    spdlog::cfg::load_env_levels();
  }
}

void log_event(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  const LogFieldScope scope(fields);
  spdlog::default_logger_raw()->log(level, spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace ricochet

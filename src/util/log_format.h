// SPDX-License-Identifier: Apache-2.0
//
// How one event becomes one line, as text or as JSON, whatever bytes are in it.
#pragma once

#include <spdlog/formatter.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "util/result.h"

namespace ricochet {

enum class LogFormat { text, json };

// "text" or "json".
Result<LogFormat> parse_log_format(std::string_view name);

// A named value of an event. The name is a word in snake_case, but not time, level or message.
struct LogField {
  template <class T>
  LogField(std::string field_name, const T& field_value)
      : name(std::move(field_name)), value(to_value(field_value)) {}

  using Value = std::variant<std::string, int64_t, uint64_t, double, bool>;
  std::string name;
  Value value;

 private:
  template <class T>
  static Value to_value(const T& value) {
    if constexpr (std::same_as<T, bool> || std::floating_point<T>) {
      return value;
    } else if constexpr (std::signed_integral<T>) {
      return int64_t{value};
    } else if constexpr (std::unsigned_integral<T>) {
      return uint64_t{value};
    } else {
      return std::string(value);
    }
  }
};

// While it lives, what this thread logs carries these fields and no others. Not owned.
class LogFieldScope {
 public:
  explicit LogFieldScope(std::span<const LogField> fields);
  LogFieldScope(const LogFieldScope&) = delete;
  LogFieldScope& operator=(const LogFieldScope&) = delete;
  ~LogFieldScope();

 private:
  std::span<const LogField> outer_;
};

// text: "2026-11-25T20:18:32.123Z info  generation installed generation=7". Control characters are
//   escaped, and a value that could be misread is quoted. The level has the sink's colour.
// json: {"time":"2026-11-25T20:18:32.123Z","level":"info","message":"generation installed",
//   "generation":7}. What is not UTF-8 becomes U+FFFD.
// Levels are trace, debug, info, warn, error and critical; times are UTC.
std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format);

}  // namespace ricochet

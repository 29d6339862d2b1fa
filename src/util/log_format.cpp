// SPDX-License-Identifier: Apache-2.0
#include "util/log_format.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/details/log_msg.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

thread_local std::span<const LogField> current_fields;

constexpr std::array<std::string_view, 7> kLevels = {"trace", "debug",    "info", "warn",
                                                     "error", "critical", "off"};

std::string_view level_name(const spdlog::details::log_msg& event) {
  return kLevels.at(static_cast<size_t>(event.level));
}

std::string time_of(const spdlog::details::log_msg& event) {
  const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(event.time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (time - seconds).count());
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

// So that an event is one line, and nobody's bytes steer the terminal that shows it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    if (character == '\n') {
      out += "\\n";
    } else if (is_control(character)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(character));
    } else {
      out += character;
    }
  }
  return out;
}

std::string field_text(const LogField& field) {
  const auto* text = std::get_if<std::string>(&field.value);
  if (text == nullptr) {
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, field.value);
  }
  const bool plain = !text->empty() && std::ranges::none_of(*text, [](char character) {
    return is_control(character) || character == ' ' || character == '"' || character == '=';
  });
  return plain ? *text : escaped(json_text(*text));
}

class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    auto out = std::back_inserter(line);
    fmt::format_to(out, "{} ", time_of(event));
    event.color_range_start = line.size();
    fmt::format_to(out, "{}", level_name(event));
    event.color_range_end = line.size();
    constexpr size_t kLevelWidth = 5;
    const size_t padding = kLevelWidth - std::min(kLevelWidth, level_name(event).size());
    fmt::format_to(out, "{:{}} {}", "", padding,
                   escaped({event.payload.data(), event.payload.size()}));
    for (const LogField& field : current_fields) {
      fmt::format_to(out, " {}={}", field.name, field_text(field));
    }
    line.push_back('\n');
  }

  [[nodiscard]] std::unique_ptr<formatter> clone() const override {
    return std::make_unique<TextFormatter>();
  }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    Json json = {{"time", time_of(event)},
                 {"level", level_name(event)},
                 {"message", std::string_view(event.payload.data(), event.payload.size())}};
    for (const LogField& field : current_fields) {
      std::visit([&](const auto& value) { json.emplace(field.name, value); }, field.value);
    }
    const std::string text = json_text(json);
    line.append(text.data(), text.data() + text.size());
    line.push_back('\n');
  }

  [[nodiscard]] std::unique_ptr<formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

}  // namespace

Result<LogFormat> parse_log_format(std::string_view name) {
  if (name == "text") return LogFormat::text;
  if (name == "json") return LogFormat::json;
  return error("'{}' is no format of the log: text or json", name);
}

LogFieldScope::LogFieldScope(std::span<const LogField> fields)
    : outer_(std::exchange(current_fields, fields)) {}

LogFieldScope::~LogFieldScope() {
  current_fields = outer_;
}

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format) {
  if (format == LogFormat::json) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

}  // namespace ricochet

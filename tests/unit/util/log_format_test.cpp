// SPDX-License-Identifier: Apache-2.0
#include "util/log_format.h"

#include <gtest/gtest.h>
#include <spdlog/details/log_msg.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ricochet {
namespace {

// 2026-11-25T20:18:32.123Z
const spdlog::log_clock::time_point kTime{std::chrono::milliseconds(1795637912123)};

std::string line(LogFormat format, const std::string& message,
                 const std::vector<LogField>& fields = {},
                 spdlog::level::level_enum level = spdlog::level::info) {
  const LogFieldScope scope(fields);
  spdlog::memory_buf_t buffer;
  make_log_formatter(format)->format({kTime, {}, "ricochet", level, message}, buffer);
  return {buffer.data(), buffer.size()};
}

nlohmann::json json(const std::string& message, const std::vector<LogField>& fields = {}) {
  return nlohmann::json::parse(line(LogFormat::json, message, fields));
}

TEST(LogFormat, HasItsNames) {
  EXPECT_EQ(*parse_log_format("text"), LogFormat::text);
  EXPECT_EQ(*parse_log_format("json"), LogFormat::json);
  EXPECT_EQ(parse_log_format("xml").error().message, "'xml' is no format of the log: text or json");
}

TEST(LogFormat, TextIsTimeLevelMessage) {
  EXPECT_EQ(line(LogFormat::text, "ready on eth0"),
            "2026-11-25T20:18:32.123Z info  ready on eth0\n");
  EXPECT_EQ(line(LogFormat::text, "no", {}, spdlog::level::err),
            "2026-11-25T20:18:32.123Z error no\n");
  EXPECT_EQ(line(LogFormat::text, "no", {}, spdlog::level::warn),
            "2026-11-25T20:18:32.123Z warn  no\n");
}

TEST(LogFormat, TextColoursTheLevelOnly) {
  const spdlog::details::log_msg event(kTime, {}, "ricochet", spdlog::level::warn, "no");
  spdlog::memory_buf_t buffer;
  make_log_formatter(LogFormat::text)->format(event, buffer);
  const std::string text(buffer.data(), buffer.size());
  EXPECT_EQ(text.substr(event.color_range_start, event.color_range_end - event.color_range_start),
            "warn");
}

TEST(LogFormat, TextShowsFields) {
  EXPECT_EQ(line(LogFormat::text, "generation installed",
                 {{"generation", 7}, {"native", true}, {"share", 0.5}, {"port", "eth0"}}),
            "2026-11-25T20:18:32.123Z info  generation installed generation=7 native=true "
            "share=0.5 port=eth0\n");
}

TEST(LogFormat, TextQuotesWhatCouldBeMisread) {
  EXPECT_EQ(line(LogFormat::text, "m", {{"a", "x y"}, {"b", ""}, {"c", "k=v"}, {"d", "\"\n"}}),
            "2026-11-25T20:18:32.123Z info  m a=\"x y\" b=\"\" c=\"k=v\" d=\"\\\"\\n\"\n");
}

TEST(LogFormat, TextIsOneLineWhateverTheBytes) {
  EXPECT_EQ(line(LogFormat::text, "a\nb\x1b[31m\x7f"),
            "2026-11-25T20:18:32.123Z info  a\\nb\\x1b[31m\\x7f\n");
}

TEST(LogFormat, JsonIsOneObjectALineInOrder) {
  EXPECT_EQ(line(LogFormat::json, "generation installed", {{"generation", 7}, {"name", "web"}}),
            "{\"time\":\"2026-11-25T20:18:32.123Z\",\"level\":\"info\","
            "\"message\":\"generation installed\",\"generation\":7,\"name\":\"web\"}\n");
}

TEST(LogFormat, JsonHoldsAnyBytes) {
  std::string all;
  for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(json(all)["message"], all);
  EXPECT_EQ(json("\xff\xfe")["message"], "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(json("m", {{"text", all}})["text"], all);
  EXPECT_EQ(line(LogFormat::json, "a\nb").find('\n'), line(LogFormat::json, "a\nb").size() - 1);
}

TEST(LogFormat, JsonKeepsKinds) {
  const auto object = json("m", {{"yes", true},
                                 {"negative", -1},
                                 {"large", UINT64_MAX},
                                 {"share", 0.25},
                                 {"text", std::string("7")}});
  EXPECT_EQ(object["yes"], true);
  EXPECT_EQ(object["negative"], -1);
  EXPECT_EQ(object["large"], UINT64_MAX);
  EXPECT_EQ(object["share"], 0.25);
  EXPECT_TRUE(object["text"].is_string());
}

TEST(LogFormat, FieldsEndWithTheirScope) {
  const std::vector<LogField> outer = {{"outer", 1}};
  const LogFieldScope scope(outer);
  EXPECT_EQ(json("m", {{"inner", 2}}).contains("outer"), false);
  spdlog::memory_buf_t buffer;
  make_log_formatter(LogFormat::json)->format({"ricochet", spdlog::level::info, "m"}, buffer);
  const auto object = nlohmann::json::parse(std::string(buffer.data(), buffer.size()));
  EXPECT_EQ(object["outer"], 1);
  EXPECT_EQ(object.contains("inner"), false);
}

}  // namespace
}  // namespace ricochet

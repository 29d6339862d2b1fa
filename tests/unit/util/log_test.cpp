// SPDX-License-Identifier: Apache-2.0
#include "util/log.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ricochet {
namespace {

class LogTest : public ::testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv("SPDLOG_LEVEL");
    spdlog::set_default_logger(before_);
    spdlog::set_level(spdlog::level::info);
  }

  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LogTest, LevelsHaveNames) {
  EXPECT_EQ(*parse_log_level("debug"), spdlog::level::debug);
  EXPECT_EQ(*parse_log_level("error"), spdlog::level::err);
  EXPECT_FALSE(parse_log_level("loud").ok());
}

TEST_F(LogTest, GoesToStandardError) {
  testing::internal::CaptureStderr();
  start_log(LogFormat::json);
  log_event(spdlog::level::info, "generation installed", {{"generation", 7}});
  spdlog::debug("not this");
  const auto json = nlohmann::json::parse(testing::internal::GetCapturedStderr());
  EXPECT_EQ(json["message"], "generation installed");
  EXPECT_EQ(json["generation"], 7);
}

TEST_F(LogTest, HasTheLevelAsked) {
  testing::internal::CaptureStderr();
  start_log(LogFormat::text, spdlog::level::err);
  log_event(spdlog::level::warn, "not this", {});
  spdlog::error("but this");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("not this"), std::string::npos);
  EXPECT_NE(said.find("error but this\n"), std::string::npos);
}

TEST_F(LogTest, TheEnvironmentDecidesUnlessALevelIsAsked) {
  ::setenv("SPDLOG_LEVEL", "debug", 1);
  start_log(LogFormat::text);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::debug);
  start_log(LogFormat::text, spdlog::level::warn);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::warn);
  ::unsetenv("SPDLOG_LEVEL");
  start_log(LogFormat::text);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::info);
}

}  // namespace
}  // namespace ricochet

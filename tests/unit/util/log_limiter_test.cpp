// SPDX-License-Identifier: Apache-2.0
#include "util/log_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>
#include <string>
#include <vector>

#include "util/log_format.h"

namespace ricochet {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

class LogLimiterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto limiter = std::make_shared<LogLimiter>(
        std::make_shared<spdlog::sinks::ostream_sink_mt>(out_),
        LogLimiter::Limit{.lines_per_second = 10, .burst_lines = 3}, [this] { return now_; });
    logger_ = std::make_unique<spdlog::logger>("test", limiter);
    limiter->set_pattern("%l %v");
  }

  // What was written since the last call.
  std::vector<std::string> lines() {
    std::istringstream text(out_.str());
    out_.str("");
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }

  void log_infos(int count) {
    for (int index = 0; index < count; ++index) logger_->info("{}", index);
  }

  std::ostringstream out_;
  std::chrono::steady_clock::time_point now_{};
  std::unique_ptr<spdlog::logger> logger_;
};

TEST_F(LogLimiterTest, LetsABurstThrough) {
  log_infos(5);
  EXPECT_THAT(lines(), ElementsAre("info 0", "info 1", "info 2"));
}

TEST_F(LogLimiterTest, LetsLinesThroughAtItsRate) {
  log_infos(3);
  lines();
  now_ += milliseconds(100);
  log_infos(2);
  EXPECT_THAT(lines(), ElementsAre("info 0"));
}

TEST_F(LogLimiterTest, GathersNoMoreThanTheBurst) {
  now_ += std::chrono::hours(1);
  log_infos(9);
  EXPECT_EQ(lines().size(), 3u);
}

TEST_F(LogLimiterTest, SaysOnceHowManyItLeftOut) {
  log_infos(40);
  lines();
  now_ += milliseconds(1000);
  log_infos(1);
  EXPECT_THAT(lines(), ElementsAre("info 37 lines left out in 1 s", "info 0"));
  log_infos(1);
  EXPECT_THAT(lines(), ElementsAre("info 0"));
}

TEST_F(LogLimiterTest, SaysItAtMostOnceASecond) {
  log_infos(4);
  lines();
  now_ += milliseconds(900);
  log_infos(4);
  EXPECT_THAT(lines(), ElementsAre("info 0", "info 1", "info 2"));
  now_ += milliseconds(300);
  log_infos(1);
  EXPECT_THAT(lines(), ElementsAre("info 2 lines left out in 2 s", "info 0"));
}

TEST_F(LogLimiterTest, SaysItWithALineOfAnyLevel) {
  log_infos(4);
  lines();
  now_ += milliseconds(1000);
  logger_->error("e");
  EXPECT_THAT(lines(), ElementsAre("info 1 line left out in 1 s", "error e"));
}

TEST_F(LogLimiterTest, SaysItWhenFlushedAndAtTheEnd) {
  log_infos(4);
  lines();
  logger_->flush();
  EXPECT_THAT(lines(), ElementsAre("info 1 line left out in 1 s"));
  logger_->flush();
  EXPECT_THAT(lines(), IsEmpty());
  log_infos(1);
  logger_.reset();
  EXPECT_THAT(lines(), ElementsAre("info 1 line left out in 1 s"));
}

TEST_F(LogLimiterTest, ItsOwnLineHasNoFieldsOfTheNextEvent) {
  logger_->sinks().front()->set_formatter(make_log_formatter(LogFormat::text));
  log_infos(4);
  lines();
  now_ += milliseconds(1000);
  const std::vector<LogField> fields = {{"generation", 7}};
  const LogFieldScope scope(fields);
  logger_->info("installed");
  EXPECT_THAT(lines(),
              ElementsAre(EndsWith(" 1 line left out in 1 s"), EndsWith("installed generation=7")));
}

TEST_F(LogLimiterTest, CountsLevelsApart) {
  log_infos(4);
  lines();
  logger_->warn("w");
  EXPECT_THAT(lines(), ElementsAre("warning w"));
}

TEST_F(LogLimiterTest, LeavesNoErrorOut) {
  for (int index = 0; index < 1000; ++index) logger_->error("e");
  EXPECT_EQ(lines().size(), 1000u);
  logger_->flush();
  EXPECT_THAT(lines(), IsEmpty());
}

}  // namespace
}  // namespace ricochet

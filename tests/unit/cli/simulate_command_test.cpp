// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "run_program.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

const std::vector<std::string> kSmall = {"simulate", "--flows", "2k",         "--backends",
                                         "20",       "--churn", "correlated", "--scheme"};

RunResult simulate(std::vector<std::string> more) {
  more.insert(more.begin(), kSmall.begin(), kSmall.end());
  return run_program(more);
}

TEST(SimulateCommand, ATableForEachChurn) {
  const RunResult result = simulate({"ecmp,history-4"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, StartsWith("correlated, 10 changes\nSCHEME"));
  EXPECT_THAT(result.output, HasSubstr("\nhistory-4 "));
}

TEST(SimulateCommand, JsonHasTheSameAndTheSeedDecides) {
  const RunResult result = simulate({"history-4", "--json"});
  EXPECT_EQ(result.output, simulate({"history-4", "--json"}).output);
  EXPECT_NE(result.output, simulate({"history-4", "--json", "--seed", "2"}).output);
  const Json json = Json::parse(result.output);
  EXPECT_EQ(json.at("ok"), true);
  const Json& scheme = json.at("churns").at(0).at("schemes").at(0);
  EXPECT_EQ(scheme.at("scheme"), "history-4");
  EXPECT_EQ(scheme.at("flows"), 2000);
  EXPECT_EQ(scheme.at("table_bytes"), 65536 * 8);
}

TEST(SimulateCommand, CsvHasALineForEachScheme) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("ricochet-simulate-" + std::to_string(getpid()) + ".csv");
  const RunResult result = simulate({"ecmp,history-2", "--csv", path.string()});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::filesystem::remove(path);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], StartsWith("churn,changes,scheme,flows,lost_with_server,"));
  EXPECT_THAT(lines[1], StartsWith("correlated,10,ecmp,2000,"));
  EXPECT_THAT(lines[2], StartsWith("correlated,10,history-2,2000,"));
  EXPECT_EQ(std::ranges::count(lines[0], ','), std::ranges::count(lines[1], ','));
}

TEST(SimulateCommand, AFileThatCannotBeWrittenIsRefusedFirst) {
  const RunResult result = simulate({"ecmp", "--csv", "/nonexistent/x.csv"});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr("cannot write /nonexistent/x.csv"));
}

TEST(SimulateCommand, WrongNumbersAndNamesAreWrongUsage) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--backends", "4097"}, "4096"},
      {{"--backends", "9"}, "10"},
      {{"--flows", "0"}, "--flows"},
      {{"--flows", "10G"}, "--flows"},
      {{"--flows", "1e3"}, "--flows"},
      {{"--buckets", "65537"}, "power of two from 65536"},
      {{"--buckets", "4096"}, "power of two from 65536"},
      {{"--churn", "chaos"}, "chaos"},
      {{"--scheme", "ecmp,magic"}, "magic"},
      {{"--seed", "-1"}, "--seed"},
      {{"--connection-entries", "0"}, "--connection-entries"},
  };
  for (auto [arguments, message] : cases) {
    arguments.insert(arguments.begin(), "simulate");
    const RunResult result = run_program(arguments);
    EXPECT_EQ(result.exit_status, 2) << arguments[1] << " " << arguments[2];
    EXPECT_THAT(result.errors, HasSubstr(message));
  }
}

}  // namespace
}  // namespace ricochet

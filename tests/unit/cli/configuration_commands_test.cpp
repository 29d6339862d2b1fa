// SPDX-License-Identifier: Apache-2.0
//
// `ricochet apply` and `ricochet export`.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fake_router.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Json = FakeRouter::Json;

constexpr const char* kYaml = R"(version: 1
router:
  seed: 7
pools:
  web:
    buckets: 1024
    backends:
      10.0.0.1: {weight: 2}
services:
  10.0.10.0:80/tcp: {pool: web}
)";

class ConfigurationCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "ricochet-apply-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    file_ = directory_ / "router.yaml";
    write(kYaml);
    router_.answer("GET /v1/router", {{"version", "0.1.0"}, {"seed", 7}, {"settle_ms", 1000}});
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& text) const { std::ofstream(file_) << text; }
  [[nodiscard]] std::string read() const {
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

  FakeRouter router_;
  std::filesystem::path directory_;
  std::filesystem::path file_;
};

TEST_F(ConfigurationCommands, ApplySendsTheWhole) {
  router_.answer("PUT /v1/configuration", changed());
  const RunResult result = router_.run({"apply", file_, "--if-generation", "7"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_EQ(result.output, "+ pool web\nGeneration 8: 21845 buckets moved, 3 owners evicted\n");
  EXPECT_EQ(router_.last().header("If-Match"), "\"7\"");
  const Json body = router_.last().body;
  EXPECT_EQ(body["pools"]["web"]["buckets"], 1024);
  EXPECT_EQ(body["pools"]["web"]["backends"]["10.0.0.1"]["weight"], 2);
  EXPECT_EQ(body["services"]["10.0.10.0:80/tcp"]["pool"], "web");
  EXPECT_EQ(body["neighbours"], Json::object());
}

TEST_F(ConfigurationCommands, ApplyAsDryRun) {
  Json outcome = changed();
  outcome["dry_run"] = true;
  router_.answer("PUT /v1/configuration?dry_run=true", outcome);
  EXPECT_THAT(router_.run({"apply", file_, "--dry-run"}).output, HasSubstr("Nothing is changed"));
}

TEST_F(ConfigurationCommands, ApplySendsNothingOfAFileThatIsWrong) {
  write("version: 1\npools:\n  web:\n    buckets: many\n");
  const RunResult result = router_.run({"apply", file_});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr(file_.string() + ":4: "));
  EXPECT_TRUE(router_.asked().empty());
  EXPECT_EQ(router_.run({"apply", directory_ / "none.yaml"}).exit_status, 1);
}

TEST_F(ConfigurationCommands, ApplyDoesNotChangeTheRouterSection) {
  router_.answer("GET /v1/router", {{"seed", 0}});
  const RunResult result = router_.run({"apply", file_});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr(file_.string() + ":3: router.seed is 7"));
  EXPECT_THAT(result.errors, HasSubstr("0 in the running router"));
  EXPECT_EQ(router_.last().target, "/v1/router");
}

TEST_F(ConfigurationCommands, ApplySaysWhichLineTheRouterRefuses) {
  router_.answer("PUT /v1/configuration",
                 {{"detail", "too many buckets"}, {"where", {"pools", "web", "buckets"}}}, 422);
  const RunResult result = router_.run({"apply", file_});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr(file_.string() + ":6: "));
  EXPECT_THAT(result.errors, HasSubstr("too many buckets"));

  router_.answer("PUT /v1/configuration", {{"detail", "the generation is 9"}}, 412);
  EXPECT_EQ(router_.run({"apply", file_}).errors, "ricochet: the generation is 9\n");
}

TEST_F(ConfigurationCommands, ExportIsWhatApplyReads) {
  router_.answer("PUT /v1/configuration", changed());
  router_.run({"apply", file_});
  const Json applied = router_.last().body;
  router_.answer("GET /v1/configuration", applied);

  const std::string yaml = router_.run({"export"}).output;
  EXPECT_THAT(yaml, HasSubstr("seed: 7"));
  EXPECT_THAT(yaml, HasSubstr("settle_ms: 1000"));
  const RunResult written = router_.run({"export", "-o", file_});
  EXPECT_EQ(written.exit_status, 0) << written.errors;
  EXPECT_EQ(written.output, "");
  EXPECT_EQ(read(), yaml);
  const RunResult again = router_.run({"apply", file_});
  EXPECT_EQ(again.exit_status, 0) << again.errors;
  EXPECT_EQ(router_.last().body, applied);
  EXPECT_EQ(Json::parse(router_.run({"export", "--json"}).output),
            (Json{{"ok", true}, {"yaml", yaml}}));
}

TEST_F(ConfigurationCommands, ExportSaysWhyItCannotWrite) {
  router_.answer("GET /v1/configuration", Json::object());
  const RunResult result = router_.run({"export", "-o", directory_ / "none" / "router.yaml"});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr("No such file"));
}

TEST(ExplainCommand, TellsWhyAndWhatToDo) {
  const RunResult result = run_program({"explain", "drop_no_neighbour"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, ::testing::StartsWith("drop_no_neighbour, verdict of the router: "));
  std::istringstream lines(result.output.substr(result.output.find('\n')));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  const Json json = Json::parse(run_program({"explain", "bounce", "--json"}).output);
  EXPECT_EQ(json["meanings"][0]["program"], "agent");
  EXPECT_FALSE(json["advice"].get<std::string>().empty());
  const RunResult unknown = run_program({"explain", "nonsense"});
  EXPECT_EQ(unknown.exit_status, 1);
  EXPECT_THAT(unknown.errors, HasSubstr("drop_no_neighbour"));
}

}  // namespace
}  // namespace ricochet

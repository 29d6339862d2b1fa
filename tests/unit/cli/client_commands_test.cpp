// SPDX-License-Identifier: Apache-2.0
//
// The client subcommands against a router's API, and the exit status of everything.
#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "../control/controller_fixture.h"
#include "api/server.h"
#include "cli/run.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

struct RunResult {
  int exit_status;
  std::string output;
  std::string errors;
};

RunResult run_program(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"ricochet"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit_status = run(static_cast<int>(argv.size()), argv.data());
  std::string output = ::testing::internal::GetCapturedStdout();
  return {exit_status, std::move(output), ::testing::internal::GetCapturedStderr()};
}

class ClientCommandsTest : public ControllerTest {
 protected:
  void SetUp() override {
    spdlog::set_level(spdlog::level::off);  // the server's, which is in this process
    start(kPaperSettings);
    auto bound = ApiServer::bind({.address = ip("127.0.0.1"), .port = 0});
    ASSERT_TRUE(bound) << bound.error().message;
    server_ = *std::move(bound);
    server_->start(*controller_, [] {});
  }

  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  RunResult client(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--api", "http://" + server_->address().to_string()});
    return run_program(std::move(arguments));
  }

  std::unique_ptr<ApiServer> server_;
};

TEST_F(ClientCommandsTest, DoTheirWork) {
  const RunResult neighbour_added =
      client({"neighbour", "add", "10.0.0.1", "1", "02:03:04:05:06:01"});
  EXPECT_EQ(neighbour_added.exit_status, 0) << neighbour_added.errors;
  EXPECT_EQ(neighbour_added.output,
            "Neighbour: 10.0.0.1 at port 1 (p1) with 02:03:04:05:06:01 added\n");
  EXPECT_EQ(client({"route", "add", "10.0.10.0", "10.0.0.1"}).output,
            "Route: 10.0.10.0/32 to 10.0.0.1 enqueued\n");
  EXPECT_EQ(client({"route", "add", "10.0.1.0/24", "connected"}).exit_status, 0);
  EXPECT_EQ(client({"route", "add", "10.0.10.0/32", "10.0.0.2", "--port", "443", "--protocol",
                    "tcp", "--weight", "3"})
                .exit_status,
            0);
  EXPECT_THAT(client({"install"}).output, StartsWith("Generation 1 installed"));
  EXPECT_EQ(client({"route", "list"}).output,
            "10.0.1.0/24 to connected\n"
            "10.0.10.0/32 to 10.0.0.1\n"
            "10.0.10.0/32 tcp port 443 to 10.0.0.2 weight 3\n");
  EXPECT_THAT(client({"tables"}).output, StartsWith("-------------------------------------\n"));
  EXPECT_EQ(client({"tables", "prv_nh"}).output,
            "| Table SwitchIngress.ecmper.prv_nh\n"
            "1 | match: nh_index: 0 | action: drop( )\n");
  EXPECT_THAT(client({"neighbour", "list"}).output, HasSubstr("nh_addr: 10.0.0.1"));

  EXPECT_EQ(client({"route", "del", "10.0.10.0", "10.0.0.2", "--port", "443", "--protocol", "tcp"})
                .exit_status,
            0);
  EXPECT_EQ(client({"neighbour", "del", "10.0.0.1"}).exit_status, 0);
  EXPECT_EQ(client({"clear"}).output, "Cleared: no services, no neighbours\n");
}

TEST_F(ClientCommandsTest, SpeakJson) {
  const RunResult added = client({"route", "add", "10.0.10.0", "10.0.0.1", "--json"});
  EXPECT_EQ(Json::parse(added.output),
            (Json{{"ok", true}, {"message", "Route: 10.0.10.0/32 to 10.0.0.1 enqueued"}}));
  const RunResult again = client({"route", "add", "10.0.10.0", "10.0.0.1", "--json"});
  EXPECT_EQ(again.exit_status, 1);
  EXPECT_EQ(again.errors, "");
  EXPECT_EQ(Json::parse(again.output)["ok"], false);
  EXPECT_THAT(Json::parse(again.output)["message"].get<std::string>(), HasSubstr("already queued"));

  const Json tables = Json::parse(client({"tables", "--json"}).output);
  EXPECT_EQ(tables["ok"], true);
  EXPECT_EQ(tables["generation"], 0);
  EXPECT_EQ(tables["cur_nh"].size(), 1u);
  EXPECT_EQ(Json::parse(client({"route", "list", "--json"}).output)["routes"][0]["state"],
            "add_queued");
}

TEST_F(ClientCommandsTest, RefusalsGoToStandardErrorWithStatusOne) {
  const RunResult unknown = client({"neighbour", "del", "10.0.0.9"});
  EXPECT_EQ(unknown.exit_status, 1);
  EXPECT_EQ(unknown.output, "");
  EXPECT_EQ(unknown.errors, "ricochet: Neighbour: 10.0.0.9 is not known\n");
}

TEST_F(ClientCommandsTest, AnUnreachableRouterIsExplained) {
  const std::string url = "http://" + server_->address().to_string();
  server_.reset();
  for (const bool json : {false, true}) {
    std::vector<std::string> arguments{"install", "--api", url};
    if (json) arguments.emplace_back("--json");
    const RunResult result = run_program(arguments);
    EXPECT_EQ(result.exit_status, 1);
    const std::string message =
        json ? Json::parse(result.output)["message"].get<std::string>() : result.errors;
    EXPECT_THAT(message, HasSubstr("cannot reach the router's API at " + url));
    EXPECT_THAT(message, HasSubstr("--api"));
  }
}

TEST(Usage, WrongArgumentsHaveStatusTwo) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"nonsense"},
      {"route"},
      {"route", "add", "10.0.10.0"},
      {"route", "add", "10.0.10.1/24", "10.0.0.1"},
      {"route", "add", "10.0.10.0", "10.0.0"},
      {"route", "add", "10.0.10.0", "10.0.0.1", "--port", "80"},
      {"route", "add", "10.0.10.0", "10.0.0.1", "--protocol", "tcp"},
      {"route", "add", "10.0.10.0", "10.0.0.1", "--port", "0", "--protocol", "tcp"},
      {"route", "add", "10.0.10.0", "10.0.0.1", "--port", "80", "--protocol", "icmp"},
      {"route", "add", "10.0.10.0", "10.0.0.1", "--weight", "257"},
      {"route", "del", "10.0.10.0", "10.0.0.1", "--weight", "1"},
      {"neighbour", "add", "10.0.0.1", "-1", "02:03:04:05:06:01"},
      {"neighbour", "add", "10.0.0.1", "1", "02:03:04:05:06"},
      {"tables", "nh"},
      {"install", "--api", "127.0.0.1:5000"},
      {"install", "--api", "ftp://127.0.0.1"},
      {"router"},
      {"router", "--ports", "a", "--listen", "5000"},
      {"router", "--ports", "a", "--placement", "random"},
      {"router", "--ports", "a", "--buckets", "1000"},
      {"router", "--ports", "a", "--buckets", "16", "--placement", "modulo"},
      {"router", "--ports", "a", "--settle-ms", "-1"},
  };
  for (const auto& arguments : wrong) {
    const RunResult result = run_program(arguments);
    EXPECT_EQ(result.exit_status, 2) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(result.errors.empty()) << ::testing::PrintToString(arguments);
    EXPECT_EQ(result.output, "") << ::testing::PrintToString(arguments);
  }
}

TEST(Usage, HelpAndVersionSucceed) {
  EXPECT_THAT(run_program({"--version"}).output, StartsWith("ricochet 0."));
  for (const char* name : {"router", "agent", "route", "neighbour", "install", "clear", "tables",
                           "status", "capture", "detach"}) {
    EXPECT_THAT(run_program({"--help"}).output, HasSubstr(name));
    const RunResult help = run_program({name, "--help"});
    EXPECT_EQ(help.exit_status, 0) << name;
    EXPECT_EQ(help.errors, "") << name;
  }
  for (const char* name : {"add", "del", "list"}) {
    EXPECT_THAT(run_program({"route", name, "--help"}).output, HasSubstr("Example"));
    EXPECT_THAT(run_program({"neighbour", name, "--help"}).output, HasSubstr("Example"));
  }
}

}  // namespace
}  // namespace ricochet

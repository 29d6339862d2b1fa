// SPDX-License-Identifier: Apache-2.0
//
// The subcommands of the ECMP-ER paper's requests, where the client looks for the router, and the
// exit status of everything.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/api_client.h"
#include "fake_router.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

TEST(PaperCommands, SendTheRequestsOfThePaper) {
  FakeRouter router;
  const std::vector<std::pair<std::vector<std::string>, std::string>> commands = {
      {{"route", "add", "10.0.10.0", "10.0.0.1"}, "PUT /add/10.0.10.0/32/10.0.0.1"},
      {{"route", "add", "10.0.1.0/24", "connected"}, "PUT /add/10.0.1.0/24/connected"},
      {{"route", "add", "10.0.10.0", "10.0.0.2", "--port", "443", "--protocol", "tcp", "--weight",
        "3"},
       "PUT /add/10.0.10.0/32/10.0.0.2?port=443&protocol=tcp&weight=3"},
      {{"route", "del", "10.0.10.0", "10.0.0.1"}, "PUT /del/10.0.10.0/32/10.0.0.1"},
      {{"install"}, "PUT /install"},
      {{"clear"}, "PUT /clear"},
  };
  for (const auto& [arguments, request] : commands) {
    router.answer_text(request, "Done: " + request);
    const RunResult result = router.run(arguments);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_EQ(result.output, "Done: " + request + "\n");
    EXPECT_EQ(router.last().header("Accept"), "text/plain");
  }
}

TEST(PaperCommands, ShowTheTextOfTheRouterOrItsJson) {
  FakeRouter router;
  router.answer_text("GET /routes", "10.0.1.0/24 to connected\n");
  router.answer_text("GET /tables/prv_nh", R"({"generation": 3, "prv_nh": []})");
  EXPECT_EQ(router.run({"route", "list"}).output, "10.0.1.0/24 to connected\n");
  EXPECT_EQ(Json::parse(router.run({"tables", "prv_nh", "--json"}).output),
            (Json{{"ok", true}, {"generation", 3}, {"prv_nh", Json::array()}}));
  EXPECT_EQ(router.last().header("Accept"), "application/json");
}

TEST(PaperCommands, RefusalsGoToStandardErrorWithStatusOne) {
  FakeRouter router;
  router.answer_text("PUT /install", "Nothing is queued", 409);
  const RunResult text = router.run({"install"});
  EXPECT_EQ(text.exit_status, 1);
  EXPECT_EQ(text.output, "");
  EXPECT_EQ(text.errors, "ricochet: Nothing is queued\n");
  const RunResult json = router.run({"install", "--json"});
  EXPECT_EQ(json.exit_status, 1);
  EXPECT_EQ(Json::parse(json.output), (Json{{"ok", false}, {"message", "Nothing is queued"}}));
}

class Endpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "ricochet-cli-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(Endpoint, IsTheSocketOfTheStateDirectoryIfItIsThere) {
  EXPECT_EQ(endpoint_of({.api = {}, .state_dir = directory_, .json = false}),
            "http://127.0.0.1:5000");
  FakeRouter router((directory_ / "api.sock").string());
  EXPECT_EQ(endpoint_of({.api = {}, .state_dir = directory_, .json = false}), router.api());
  EXPECT_EQ(endpoint_of({.api = "http://10.0.0.1:1", .state_dir = directory_, .json = false}),
            "http://10.0.0.1:1");

  router.answer_text("PUT /install", "Generation 1 installed");
  EXPECT_EQ(run_program({"install", "--state", directory_}).output, "Generation 1 installed\n");
  EXPECT_EQ(router.run({"install"}).output, "Generation 1 installed\n");
}

TEST_F(Endpoint, AnUnreachableRouterIsExplained) {
  const std::string socket = "unix:" + (directory_ / "none.sock").string();
  for (const std::string& api : {std::string("http://127.0.0.1:9"), socket}) {
    const RunResult text = run_program({"pool", "list", "--api", api});
    EXPECT_EQ(text.exit_status, 1);
    EXPECT_THAT(text.errors, HasSubstr("cannot reach the router's API at " + api));
    EXPECT_THAT(text.errors, HasSubstr("--api"));
    const RunResult json = run_program({"install", "--json", "--api", api});
    EXPECT_EQ(json.exit_status, 1);
    EXPECT_THAT(Json::parse(json.output)["message"].get<std::string>(), HasSubstr(api));
  }
}

void expect_wrong(const std::vector<std::vector<std::string>>& all) {
  for (const auto& arguments : all) {
    const RunResult result = run_program(arguments);
    EXPECT_EQ(result.exit_status, 2) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(result.errors.empty()) << ::testing::PrintToString(arguments);
    EXPECT_EQ(result.output, "") << ::testing::PrintToString(arguments);
  }
}

TEST(Usage, WrongArgumentsHaveStatusTwo) {
  expect_wrong({
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
      {"neighbour", "add", "10.0.0.1", "eth1", "02:03:04:05:06"},
      {"neighbour", "add", "10.0.0", "eth1", "02:03:04:05:06:01"},
      {"pool"},
      {"pool", "add"},
      {"pool", "add", "a/b"},
      {"pool", "add", "web", "--placement", "random"},
      {"pool", "add", "web", "--history-depth", "5"},
      {"pool", "add", "web", "--if-generation", "now"},
      {"pool", "set", "web"},
      {"pool", "set", "web", "--dry-run"},
      {"backend", "add", "web"},
      {"backend", "add", "web", "server"},
      {"backend", "add", "web", "10.0.0.1", "--weight", "0"},
      {"backend", "set", "web", "10.0.0.1"},
      {"backend", "set", "web", "10.0.0.1", "--state", "asleep"},
      {"service", "add", "10.0.10.0:80/tcp"},
      {"service", "add", "10.0.10.0:80", "--pool", "web"},
      {"generations"},
      {"generations", "log", "--limit", "0"},
      {"generations", "diff", "3"},
      {"trace", "10.0.1.99:1234", "10.0.10.0"},
      {"trace", "10.0.1.99:x", "10.0.10.0:80"},
      {"trace", "2001:db8::9:40000", "[2001:db8::1]:80"},
      {"neighbour", "add", "fe80::1%eth1", "eth1", "02:03:04:05:06:01"},
      {"agent", "check", "--interface", "lo", "--service-address", "2001:db8::/64"},
      {"pool", "list", "--api", "http://[::1"},
      {"trace", "10.0.1.99:1234", "10.0.10.0:80", "icmp"},
      {"apply"},
      {"apply", "a.yaml", "--if-generation", "-1"},
      {"export", "surplus"},
      {"explain"},
      {"completion"},
      {"pool", "list", "--api", "unix:"},
      {"tables", "nh"},
      {"install", "--api", "127.0.0.1:5000"},
      {"install", "--api", "ftp://127.0.0.1"},
      {"router", "--ports", "a", "--listen", "5000"},
      {"router", "--ports", "a", "--placement", "random"},
      {"router", "--ports", "a", "--buckets", "1000"},
      {"router", "--ports", "a", "--settle-ms", "-1"},
  });
}

TEST(Usage, WrongOptionsOfServicesHaveStatusTwo) {
  expect_wrong({
      {"service", "add", "10.0.10.0:80/tcp", "--affinity", "source"},
      {"service", "add", "10.0.10.0:80/tcp", "--pool", "web", "--affinity", "source_ports"},
      {"service", "set", "10.0.10.0:80/udp"},
      {"service", "set", "10.0.10.0:80/udp", "--dry-run"},
      {"service", "set", "10.0.10.0:80/udp", "--keep-flows", "maybe"},
      {"service", "set", "10.0.10.0:80/udp", "--quic"},
      {"backend", "set", "web", "10.0.0.1", "--quic-id", "0a01"},
      {"backend", "set", "web", "10.0.0.1", "--quic-id", ""},
      {"backend", "add", "web", "10.0.0.1", "--quic-id", "01:02:03:04:05:06:07:08:09"},
      {"router", "--ports", "a", "--flow-memory-mib", "65"},
      {"router", "--ports", "a", "--flow-idle-s", "7"},
      {"router", "--ports", "a", "--source-prefix-ipv4-bits", "0"},
      {"router", "--ports", "a", "--source-prefix-ipv4-bits", "33"},
      {"router", "--ports", "a", "--source-prefix-ipv6-bits", "129"},
      {"router", "--ports", "a", "--answer-echo", "maybe"},
      {"router", "--ports", "a", "--forward-other", "xdp"},
  });
}

TEST(Usage, VersionSucceeds) {
  EXPECT_THAT(run_program({"--version"}).output, StartsWith("ricochet 0."));
}

TEST(Usage, EverySubcommandHasAHelpWithAnExample) {
  const std::map<std::string, std::vector<std::string>> groups = {
      {"service", {"list", "show", "add", "set", "remove"}},
      {"pool", {"list", "show", "add", "set", "remove"}},
      {"backend", {"list", "show", "add", "set", "remove"}},
      {"neighbour", {"list", "add", "remove"}},
      {"generations", {"log", "diff"}},
      {"route", {"list", "add", "del"}},
      {"completion", {"bash"}},
  };
  std::vector<std::vector<std::string>> commands;
  for (const char* name : {"router", "agent", "install", "clear", "tables", "status", "trace",
                           "capture", "detach", "apply", "export", "explain"}) {
    commands.push_back({name});
  }
  for (const auto& [group, names] : groups) {
    for (const std::string& name : names) commands.push_back({group, name});
  }
  const std::string all = run_program({"--help"}).output;
  for (std::vector<std::string> command : commands) {
    EXPECT_THAT(all, HasSubstr("\n  " + command.front() + " "));
    command.emplace_back("--help");
    const RunResult help = run_program(command);
    EXPECT_EQ(help.exit_status, 0);
    EXPECT_EQ(help.errors, "");
    EXPECT_THAT(help.output, HasSubstr("Example")) << command.front();
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <gmock/gmock.h>

#include "fake_router.h"

namespace ricochet {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using Words = std::vector<std::string>;

// What `ricochet complete` prints for the words of a line.
Words completed(const Words& words) {
  Words arguments = {"complete", "--"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const RunResult result = run_program(arguments);
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  Words lines;
  std::istringstream output(result.output);
  for (std::string line; std::getline(output, line);) lines.push_back(line);
  return lines;
}

TEST(Completion, Subcommands) {
  EXPECT_THAT(completed({""}), IsSupersetOf({"pool", "router", "trace"}));
  EXPECT_THAT(completed({""}), Not(Contains("complete")));
  EXPECT_THAT(completed({"ser"}), ElementsAre("service"));
  EXPECT_THAT(completed({"pool", ""}), ElementsAre("add", "list", "remove", "set", "show"));
  EXPECT_THAT(completed({"pool", "s"}), ElementsAre("set", "show"));
  EXPECT_THAT(completed({"nonsense"}), IsEmpty());
}

TEST(Completion, Options) {
  EXPECT_THAT(completed({"pool", "set", "web", "--hist"}),
              ElementsAre("--history", "--history-depth"));
  EXPECT_THAT(completed({"pool", "set", "web", "--history", "none", "--dry"}),
              ElementsAre("--dry-run"));
  EXPECT_THAT(completed({"neighbour", "del", "--dry"}), ElementsAre("--dry-run"));
}

TEST(Completion, ChoicesOfOptionsAndArguments) {
  EXPECT_THAT(completed({"pool", "add", "web", "--placement", "m"}),
              ElementsAre("maglev", "modulo"));
  EXPECT_THAT(completed({"pool", "add", "web", "--dry-run", "--mark", ""}),
              ElementsAre("dscp", "ecmp-er"));
  EXPECT_THAT(completed({"service", "set", "10.0.10.0", "--affinity", "source"}),
              ElementsAre("source", "source-ports", "source-prefix"));
  EXPECT_THAT(completed({"service", "set", "10.0.10.0", "--quic", ""}),
              ElementsAre("false", "true"));
  EXPECT_THAT(completed({"router", "--forward-other", ""}), ElementsAre("fib", "kernel"));
  EXPECT_THAT(completed({"tables", "p"}), ElementsAre("prv_nh"));
  EXPECT_THAT(completed({"simulate", "--scheme", "resil"}),
              ElementsAre("resilient", "resilient-forced"));
  EXPECT_THAT(completed({"simulate", "--churn", "flap", "--fl"}), ElementsAre("--flows"));
  EXPECT_THAT(completed({"explain", "drop_no_n"}), ElementsAre("drop_no_neighbour"));
  EXPECT_THAT(completed({"trace", "10.0.1.99:1", "10.0.10.0:80", ""}), ElementsAre("tcp", "udp"));
}

TEST(Completion, NamesOfTheRouter) {
  FakeRouter router;
  router.answer("GET /v1/pools", {{"web", nullptr}, {"media", nullptr}});
  router.answer("GET /v1/pools/web/backends", {{"10.0.0.1", nullptr}, {"connected", nullptr}});
  router.answer("GET /v1/services", {{"10.0.10.0:80/tcp", nullptr}});
  router.answer("GET /v1/router", {{"ports", {"eth0", "eth1"}}});
  const std::string api = "--api=" + router.api();
  EXPECT_THAT(completed({"pool", "set", api, ""}), ElementsAre("media", "web"));
  EXPECT_THAT(completed({"pool", "set", "--api", router.api(), "w"}), ElementsAre("web"));
  EXPECT_THAT(completed({"pool", "set", api, "web", ""}), IsEmpty());
  EXPECT_THAT(completed({"backend", "remove", api, "web", ""}),
              ElementsAre("10.0.0.1", "connected"));
  EXPECT_THAT(completed({"service", "remove", api, "10.0.10.0:"}), ElementsAre("10.0.10.0:80/tcp"));
  EXPECT_THAT(completed({"service", "add", api, "10.0.10.1", "--pool", ""}),
              ElementsAre("media", "web"));
  EXPECT_THAT(completed({"neighbour", "add", api, "10.0.0.9", "eth"}), ElementsAre("eth0", "eth1"));
}

TEST(Completion, NothingIfNobodyAnswers) {
  EXPECT_THAT(completed({"pool", "set", "--api", "http://127.0.0.1:9", ""}), IsEmpty());
}

}  // namespace
}  // namespace ricochet

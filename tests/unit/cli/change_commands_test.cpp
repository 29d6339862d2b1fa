// SPDX-License-Identifier: Apache-2.0
//
// The subcommands that change the configuration: what they send, and what they say of the answer.
#include <gmock/gmock.h>

#include "fake_router.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Json = FakeRouter::Json;

struct Sent {
  std::vector<std::string> arguments;
  std::string request;
  Json body;
  std::string if_none_match;
};

const Json kNoBody;
const std::string kNew = "*";

const std::vector<Sent>& changes() {
  static const std::vector<Sent> all = {
      {{"pool", "add", "web"}, "PUT /v1/pools/web", Json::object(), kNew},
      {{"pool", "add", "web", "--placement", "modulo", "--buckets", "1024", "--history", "none",
        "--history-depth", "2", "--mark", "ecmp-er"},
       "PUT /v1/pools/web",
       {{"placement", "modulo"},
        {"buckets", 1024},
        {"history", "none"},
        {"history_depth", 2},
        {"mark", "ecmp-er"}},
       kNew},
      {{"pool", "set", "web", "--history-depth", "3"},
       "PATCH /v1/pools/web",
       {{"history_depth", 3}},
       ""},
      {{"pool", "remove", "web"}, "DELETE /v1/pools/web", kNoBody, ""},
      {{"backend", "add", "web", "10.0.0.3", "--weight", "2", "--agent", "none"},
       "PUT /v1/pools/web/backends/10.0.0.3",
       {{"weight", 2}, {"agent", "none"}},
       kNew},
      {{"backend", "add", "web", "connected"},
       "PUT /v1/pools/web/backends/connected",
       Json::object(),
       kNew},
      {{"backend", "set", "web", "10.0.0.3", "--state", "draining"},
       "PATCH /v1/pools/web/backends/10.0.0.3",
       {{"state", "draining"}},
       ""},
      {{"backend", "remove", "web", "10.0.0.3"},
       "DELETE /v1/pools/web/backends/10.0.0.3",
       kNoBody,
       ""},
      {{"backend", "set", "web", "10.0.0.3", "--quic-id", "0a:01"},
       "PATCH /v1/pools/web/backends/10.0.0.3",
       {{"quic_id", "0a:01"}},
       ""},
      {{"backend", "set", "web", "10.0.0.3", "--quic-id", "none"},
       "PATCH /v1/pools/web/backends/10.0.0.3",
       {{"quic_id", nullptr}},
       ""},
      {{"service", "add", "10.0.10.0:443/udp", "--pool", "web", "--affinity", "source",
        "--keep-flows", "true", "--quic", "true"},
       "PUT /v1/services/10.0.10.0:443/udp",
       {{"pool", "web"}, {"affinity", "source"}, {"keep_flows", true}, {"quic", true}},
       kNew},
      {{"service", "set", "10.0.10.0:443/udp", "--quic", "false"},
       "PATCH /v1/services/10.0.10.0:443/udp",
       {{"quic", false}},
       ""},
      {{"service", "add", "10.0.10.0:80/tcp", "--pool", "web"},
       "PUT /v1/services/10.0.10.0:80/tcp",
       {{"pool", "web"}},
       kNew},
      {{"service", "add", "[2001:db8::1]:80/tcp", "--pool", "web"},
       "PUT /v1/services/[2001:db8::1]:80/tcp",
       {{"pool", "web"}},
       kNew},
      {{"backend", "remove", "web", "2001:db8::2"},
       "DELETE /v1/pools/web/backends/2001:db8::2",
       kNoBody,
       ""},
      {{"neighbour", "remove", "2001:db8::9"}, "DELETE /v1/neighbours/2001:db8::9", kNoBody, ""},
      {{"service", "set", "10.0.1.0/24", "--pool", "web2"},
       "PATCH /v1/services/10.0.1.0/24",
       {{"pool", "web2"}},
       ""},
      {{"service", "remove", "10.0.10.0:8000-8010/udp"},
       "DELETE /v1/services/10.0.10.0:8000-8010/udp",
       kNoBody,
       ""},
      {{"neighbour", "add", "10.0.0.9", "eth1", "02:03:04:05:06:09"},
       "PUT /v1/neighbours/10.0.0.9",
       {{"interface", "eth1"}, {"mac", "02:03:04:05:06:09"}},
       ""},
      {{"neighbour", "remove", "10.0.0.9"}, "DELETE /v1/neighbours/10.0.0.9", kNoBody, ""},
      {{"neighbour", "del", "10.0.0.9"}, "DELETE /v1/neighbours/10.0.0.9", kNoBody, ""},
  };
  return all;
}

TEST(ChangeCommands, SendWhatTheySay) {
  FakeRouter router;
  for (const Sent& sent : changes()) {
    router.answer(sent.request, changed());
    const RunResult result = router.run(sent.arguments);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    const auto asked = router.last();
    EXPECT_EQ(asked.method + " " + asked.target, sent.request);
    EXPECT_EQ(asked.body, sent.body) << sent.request;
    EXPECT_EQ(asked.header("If-None-Match"), sent.if_none_match) << sent.request;
    EXPECT_EQ(asked.header("If-Match"), "") << sent.request;
  }
}

TEST(ChangeCommands, AllHaveDryRunAndIfGeneration) {
  FakeRouter router;
  for (const Sent& sent : changes()) {
    Json outcome = changed();
    outcome["dry_run"] = true;
    router.answer(sent.request + "?dry_run=true", outcome);
    std::vector<std::string> arguments = sent.arguments;
    arguments.insert(arguments.end(), {"--dry-run", "--if-generation", "7"});
    const RunResult result = router.run(arguments);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("Nothing is changed; it would be generation 8"))
        << sent.request;
    EXPECT_EQ(router.last().header("If-Match"), "\"7\"") << sent.request;
  }
}

TEST(ChangeCommands, MergePatchesSaySo) {
  FakeRouter router;
  router.answer("PATCH /v1/pools/web", changed());
  router.answer("PUT /v1/pools/web", changed());
  router.run({"pool", "set", "web", "--buckets", "4"});
  EXPECT_EQ(router.last().header("Content-Type"), "application/merge-patch+json");
  router.run({"pool", "add", "web"});
  EXPECT_EQ(router.last().header("Content-Type"), "application/json");
}

TEST(ChangeCommands, SayWhatHappened) {
  FakeRouter router;
  Json outcome = changed({"~ pool web: buckets 4 -> 8", "+ pool web: backend 10.0.0.3"});
  outcome["warnings"] = {"pool web has no backend that is eligible"};
  router.answer("PATCH /v1/pools/web", outcome);
  EXPECT_EQ(router.run({"pool", "set", "web", "--buckets", "8"}).output,
            "~ pool web: buckets 4 -> 8\n"
            "+ pool web: backend 10.0.0.3\n"
            "Generation 8: 21845 buckets moved, 3 owners evicted\n"
            "warning: pool web has no backend that is eligible\n");

  const RunResult json = router.run({"pool", "set", "web", "--buckets", "8", "--json"});
  Json expected = {{"ok", true}};
  expected.update(outcome);
  EXPECT_EQ(Json::parse(json.output), expected);
}

TEST(ChangeCommands, ShowTheCostOfEachPoolIfThereAreSeveral) {
  FakeRouter router;
  Json outcome = changed({"~ pool a: buckets 4 -> 8"});
  outcome["pools"] = {{"a", {{"buckets_moved", 8}, {"owners_evicted", 0}}},
                      {"b", {{"buckets_moved", 21837}, {"owners_evicted", 3}}}};
  router.answer("PATCH /v1/pools/a", outcome);
  EXPECT_EQ(router.run({"pool", "set", "a", "--buckets", "8"}).output,
            "~ pool a: buckets 4 -> 8\n"
            "Generation 8: 21845 buckets moved, 3 owners evicted\n"
            "POOL  BUCKETS MOVED  OWNERS EVICTED\n"
            "a                 8               0\n"
            "b             21837               3\n");
}

TEST(ChangeCommands, SayThatNothingChanged) {
  FakeRouter router;
  Json outcome = changed({});
  outcome["changed"] = false;
  router.answer("PATCH /v1/pools/web", outcome);
  EXPECT_EQ(router.run({"pool", "set", "web", "--buckets", "8"}).output,
            "Nothing to change in generation 8\n");
}

TEST(ChangeCommands, ARefusalIsItsDetail) {
  FakeRouter router;
  router.answer("PUT /v1/services/10.0.10.0",
                {{"title", "Unprocessable"},
                 {"status", 422},
                 {"detail", "there is no pool 'nope'"},
                 {"where", {"services", "10.0.10.0", "pool"}}},
                422);
  const std::vector<std::string> words = {"service", "add", "10.0.10.0", "--pool", "nope"};
  const RunResult text = router.run(words);
  EXPECT_EQ(text.exit_status, 1);
  EXPECT_EQ(text.output, "");
  EXPECT_EQ(text.errors, "ricochet: there is no pool 'nope'\n");

  std::vector<std::string> with_json = words;
  with_json.emplace_back("--json");
  const RunResult json = router.run(with_json);
  EXPECT_EQ(json.exit_status, 1);
  EXPECT_EQ(json.errors, "");
  EXPECT_EQ(Json::parse(json.output),
            (Json{{"ok", false}, {"message", "there is no pool 'nope'"}}));
}

TEST(ChangeCommands, ANumberIsAnIndexIntoThePorts) {
  FakeRouter router;
  router.answer("GET /v1/router", {{"ports", {"eth0", "eth1"}}});
  router.answer("PUT /v1/neighbours/10.0.0.9", changed());
  EXPECT_EQ(router.run({"neighbour", "add", "10.0.0.9", "1", "02:03:04:05:06:09"}).exit_status, 0);
  EXPECT_EQ(router.last().body["interface"], "eth1");

  for (const char* index : {"2", "99999999999999999999999"}) {
    const RunResult beyond =
        router.run({"neighbour", "add", "10.0.0.9", index, "02:03:04:05:06:09"});
    EXPECT_EQ(beyond.exit_status, 1);
    EXPECT_THAT(beyond.errors, HasSubstr("eth0, eth1"));
    EXPECT_EQ(router.last().target, "/v1/router");
  }
}

}  // namespace
}  // namespace ricochet

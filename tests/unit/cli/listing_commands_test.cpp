// SPDX-License-Identifier: Apache-2.0
//
// The subcommands that only look.
#include <gmock/gmock.h>

#include "fake_router.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using Json = FakeRouter::Json;

const Json kPool = {
    {"placement", "maglev"},
    {"buckets", 65536},
    {"history", "distinct"},
    {"history_depth", 3},
    {"mark", "dscp"},
    {"backends", {{"10.0.0.1", {{"weight", 2}, {"state", "active"}, {"agent", "none"}}}}}};

Json backend(bool eligible, const std::string& reason, uint64_t packets) {
  return {{"weight", 1},      {"state", "active"},  {"agent", "required"},   {"eligible", eligible},
          {"reason", reason}, {"packets", packets}, {"bytes", packets * 100}};
}

// What a list command prints with --json, without the "ok" that it must have.
Json json_of(const FakeRouter& router, std::vector<std::string> words) {
  words.emplace_back("--json");
  Json said = Json::parse(router.run(words).output);
  EXPECT_EQ(said["ok"], true);
  said.erase("ok");
  return said;
}

TEST(PoolCommand, ListsAndShows) {
  FakeRouter router;
  router.answer("GET /v1/pools", {{"web", kPool}});
  router.answer("GET /v1/pools/web", kPool);
  router.answer("GET /v1/status", {{"pools",
                                    {{{"name", "web"},
                                      {"buckets", 65536},
                                      {"table_bytes", 1048576},
                                      {"backends", 1},
                                      {"eligible", 0}}}}});
  EXPECT_EQ(router.run({"pool", "list"}).output,
            "POOL  PLACEMENT  BUCKETS  HISTORY       MARK  BACKENDS  ELIGIBLE    TABLE\n"
            "web   maglev       65536  distinct (3)  dscp         1         0  1.0 MiB\n");
  EXPECT_EQ(json_of(router, {"pool", "list"}), (Json{{"pools", {{"web", kPool}}}}));
  EXPECT_EQ(router.run({"pool", "show", "web"}).output,
            "pool web: placement maglev, 65536 buckets, history distinct (3), mark dscp\n"
            "BACKEND   WEIGHT  STATE   AGENT\n"
            "10.0.0.1       2  active  none\n");
  EXPECT_EQ(json_of(router, {"pool", "show", "web"}), (Json{{"name", "web"}, {"pool", kPool}}));
}

TEST(BackendCommand, ListsAllPoolsOrOneWithTheReasonForEach) {
  FakeRouter router;
  router.answer("GET /v1/pools", {{"api", kPool}, {"web", kPool}});
  const Json web = {{"10.0.0.1", backend(true, "", 5)},
                    {"10.0.0.20", backend(false, "no neighbour", 12345)}};
  router.answer("GET /v1/pools/web/backends", web);
  router.answer("GET /v1/pools/api/backends", {{"connected", backend(true, "", 0)}});
  router.answer("GET /v1/pools/web/backends/10.0.0.20", web["10.0.0.20"]);
  const std::string header =
      "POOL  BACKEND    WEIGHT  STATE   AGENT     PACKETS    BYTES  ELIGIBLE\n";
  const std::string rows =
      "web   10.0.0.1        1  active  required        5      500  yes\n"
      "web   10.0.0.20       1  active  required    12345  1234500  no: no neighbour\n";
  EXPECT_EQ(router.run({"backend", "list", "web"}).output, header + rows);
  EXPECT_EQ(router.run({"backend", "list"}).output,
            header + "api   connected       1  active  required        0        0  yes\n" + rows);
  EXPECT_EQ(json_of(router, {"backend", "list", "web"}), (Json{{"backends", {{"web", web}}}}));
  EXPECT_THAT(router.run({"backend", "show", "web", "10.0.0.20"}).output,
              HasSubstr("no: no neighbour"));
  EXPECT_EQ(json_of(router, {"backend", "show", "web", "10.0.0.20"})["backend"], web["10.0.0.20"]);
}

TEST(ServiceCommand, ListsAndShows) {
  FakeRouter router;
  const auto service = [](const char* pool, const char* affinity, bool datagrams) {
    return Json{
        {"pool", pool}, {"affinity", affinity}, {"keep_flows", datagrams}, {"quic", datagrams}};
  };
  const Json services = {{"10.0.1.0/24", service("clients", "source", true)},
                         {"10.0.10.0:80/tcp", service("web", "flow", false)}};
  router.answer("GET /v1/services", services);
  router.answer("GET /v1/services/10.0.10.0:80/tcp", services["10.0.10.0:80/tcp"]);
  EXPECT_EQ(router.run({"service", "list"}).output,
            "SERVICE           POOL     AFFINITY  OPTIONS\n"
            "10.0.1.0/24       clients  source    keep_flows, quic\n"
            "10.0.10.0:80/tcp  web      flow\n");
  EXPECT_EQ(json_of(router, {"service", "list"}), (Json{{"services", services}}));
  EXPECT_THAT(router.run({"service", "show", "10.0.10.0:80/tcp"}).output,
              HasSubstr("10.0.10.0:80/tcp  web   flow\n"));
}

TEST(NeighbourCommand, ListsWhatIsKnownAndWhatIsNot) {
  FakeRouter router;
  const Json neighbours = {
      {"10.0.0.1", {{"interface", "eth1"}, {"mac", "02:03:04:05:06:01"}, {"source", "kernel"}}},
      {"10.0.0.9",
       {{"interface", nullptr}, {"mac", nullptr}, {"source", "kernel"}, {"problem", "no answer"}}}};
  router.answer("GET /v1/neighbours", neighbours);
  EXPECT_EQ(router.run({"neighbour", "list"}).output,
            "NEIGHBOUR  INTERFACE  MAC                SOURCE  PROBLEM\n"
            "10.0.0.1   eth1       02:03:04:05:06:01  kernel\n"
            "10.0.0.9   -          -                  kernel  no answer\n");
  EXPECT_EQ(json_of(router, {"neighbour", "list"}), (Json{{"neighbours", neighbours}}));
}

TEST(ListCommands, SayThatThereIsNothing) {
  FakeRouter router;
  router.answer("GET /v1/pools", Json::object());
  router.answer("GET /v1/status", {{"pools", Json::array()}});
  router.answer("GET /v1/services", Json::object());
  router.answer("GET /v1/neighbours", Json::object());
  router.answer("GET /v1/generations?limit=50", Json::array());
  EXPECT_EQ(router.run({"pool", "list"}).output, "no pools\n");
  EXPECT_EQ(router.run({"backend", "list"}).output, "no backends\n");
  EXPECT_EQ(router.run({"service", "list"}).output, "no services\n");
  EXPECT_EQ(router.run({"neighbour", "list"}).output, "no neighbours\n");
  EXPECT_EQ(router.run({"generations", "log"}).output, "no generations\n");
}

TEST(GenerationsCommand, LogsALineForEachChange) {
  FakeRouter router;
  const Json log = {{{"number", 12},
                     {"time", "2026-11-25T20:18:32.123Z"},
                     {"cause", "PATCH /v1/pools/web"},
                     {"difference", {"+ pool web: backend 10.0.0.3", "- service 10.0.10.0"}},
                     {"cost", {{"buckets_moved", 21845}, {"owners_evicted", 0}}},
                     {"unreachable", {"10.0.0.3"}}}};
  router.answer("GET /v1/generations?limit=1", log);
  EXPECT_EQ(
      router.run({"generations", "log", "--limit", "1"}).output,
      "GENERATION  TIME (UTC)           MOVED  EVICTED  CAUSE                CHANGE\n"
      "        12  2026-11-25 20:18:32  21845        0  PATCH /v1/pools/web  + pool web: backend "
      "10.0.0.3\n" +
          std::string(70, ' ') + "- service 10.0.10.0\n" + std::string(70, ' ') +
          "unreachable: 10.0.0.3\n");
  EXPECT_EQ(json_of(router, {"generations", "log", "--limit", "1"}), (Json{{"generations", log}}));
}

TEST(GenerationsCommand, DiffsTwo) {
  FakeRouter router;
  const Json diff = {{"from", 3}, {"to", 8}, {"difference", {"+ pool web"}}};
  router.answer("GET /v1/generations/diff?from=3&to=8", diff);
  router.answer("GET /v1/generations/diff?from=3&to=3",
                {{"from", 3}, {"to", 3}, {"difference", Json::array()}});
  EXPECT_EQ(router.run({"generations", "diff", "3", "8"}).output, "+ pool web\n");
  EXPECT_EQ(router.run({"generations", "diff", "3", "3"}).output, "no difference\n");
  EXPECT_EQ(json_of(router, {"generations", "diff", "3", "8"}), diff);
}

TEST(TraceCommand, ShowsTheSteps) {
  FakeRouter router;
  const std::string path = "GET /v1/trace?source=10.0.1.99:1234&destination=10.0.10.0:80";
  const Json traced = {{"verdict", "forward"},
                       {"steps",
                        {{{"step", "service"}, {"text", "10.0.10.0:80/tcp"}},
                         {{"step", "owner 0"}, {"text", "10.0.0.1"}}}}};
  router.answer(path + "&protocol=tcp&attempt=0&opens=false", traced);
  router.answer(path + "&protocol=tcp&attempt=2&opens=true", traced);
  EXPECT_EQ(router.run({"trace", "10.0.1.99:1234", "10.0.10.0:80"}).output,
            "service  10.0.10.0:80/tcp\n"
            "owner 0  10.0.0.1\n");
  EXPECT_EQ(json_of(router, {"trace", "10.0.1.99:1234", "10.0.10.0:80", "tcp", "--attempt", "2",
                             "--opens"}),
            traced);
}

TEST(TraceCommand, AsksForIpv6) {
  FakeRouter router;
  router.answer(
      "GET /v1/trace?source=[2001:db8::9]:40000&destination=[2001:db8::1]:80&protocol=tcp&attempt=0"
      "&opens=false",
      {{"verdict", "forward"}, {"steps", Json::array()}});
  EXPECT_EQ(router.run({"trace", "[2001:db8::9]:40000", "[2001:db8::1]:80"}).exit_status, 0);
}

TEST(ListCommands, AnAnswerOfAnotherShapeIsAnErrorAndNoCrash) {
  FakeRouter router;
  router.answer("GET /v1/pools", {{"web", 5}});
  router.answer("GET /v1/status", {{"pools", 7}});
  router.answer_text("GET /v1/services", "<html>");
  router.answer("GET /v1/neighbours", {{"10.0.0.1", nullptr}});
  for (const char* name : {"pool", "service", "neighbour"}) {
    const RunResult result = router.run({name, "list"});
    EXPECT_EQ(result.exit_status, 1) << name;
    EXPECT_EQ(result.output, "") << name;
    EXPECT_THAT(result.errors, HasSubstr("router")) << name;
  }
}

}  // namespace
}  // namespace ricochet

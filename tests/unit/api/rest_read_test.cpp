// SPDX-License-Identifier: Apache-2.0
#include "rest_fixture.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RestReadTest : public RestTest {};

TEST_F(RestReadTest, TheRouter) {
  const Json router = get("/v1/router");
  EXPECT_EQ(router["version"], "1.2.3");
  EXPECT_EQ(router["ports"], Json({"p0", "p1"}));
}

TEST_F(RestReadTest, WhatThereIs) {
  put_web();
  EXPECT_EQ(get("/v1/pools"), get("/v1/configuration")["pools"]);
  EXPECT_EQ(get("/v1/pools/web"), get("/v1/pools")["web"]);
  EXPECT_EQ(get("/v1/services"), get("/v1/configuration")["services"]);
  EXPECT_EQ(
      get("/v1/services/10.0.10.0:80/tcp"),
      Json::parse(R"({"pool": "web", "affinity": "flow", "keep_flows": false, "quic": false})"));
}

TEST_F(RestReadTest, EveryAnswerNamesItsGeneration) {
  put_web();
  for (const char* target : {"/v1/openapi.json", "/v1/router", "/v1/status", "/v1/configuration",
                             "/v1/pools", "/v1/generations", "/v1/neighbours", "/v1/nothing"}) {
    EXPECT_EQ(send("GET", target).etag, "\"2\"") << target;
  }
}

TEST_F(RestReadTest, ABackendSaysWhetherItGetsConnectionsAndWhyNot) {
  put_web();
  send("PUT", "/v1/pools/web/backends/10.0.0.9", "{}");
  send("PATCH", "/v1/pools/web/backends/10.0.0.2", R"({"state": "draining"})");
  const Json backends = get("/v1/pools/web/backends");
  EXPECT_EQ(backends["10.0.0.1"], Json::parse(R"({"weight": 1, "state": "active",
      "agent": "required", "eligible": true, "reason": "", "packets": 5, "bytes": 500})"));
  EXPECT_EQ(backends["10.0.0.2"]["eligible"], false);
  EXPECT_EQ(backends["10.0.0.2"]["reason"], "draining");
  EXPECT_EQ(backends["10.0.0.2"]["packets"], 0);
  EXPECT_THAT(backends["10.0.0.9"]["reason"].get<std::string>(), HasSubstr("neighbour"));
  EXPECT_EQ(get("/v1/pools/web/backends/10.0.0.1"), backends["10.0.0.1"]);
  EXPECT_EQ(send("GET", "/v1/pools/web/backends/10.0.0.3").status, 404);
  EXPECT_EQ(send("GET", "/v1/pools/none/backends").status, 404);
}

TEST_F(RestReadTest, Status) {
  put_web();
  dataplane_.port_list[1].ifindex = 0;
  dataplane_.port_list[2].native = false;
  const Json status = get("/v1/status");
  EXPECT_EQ(status["generation"], 2);
  EXPECT_EQ(status["ports"][0], Json::parse(R"({"name": "p0", "ifindex": 1, "mode": "native"})"));
  EXPECT_EQ(status["ports"][1]["mode"], "absent");
  EXPECT_EQ(status["ports"][1]["ifindex"], nullptr);
  EXPECT_EQ(status["ports"][2]["mode"], "generic");
  EXPECT_EQ(status["table_memory"]["capacity_bytes"], dataplane_.capacity_buckets * 8);
  EXPECT_EQ(status["pools"], Json::parse(R"([{"name": "web", "buckets": 64, "table_bytes": 512,
                                              "backends": 2, "eligible": 2}])"));
  EXPECT_EQ(status["backends"], Json::parse(R"([{"address": "10.0.0.1", "live": true,
                                                 "packets": 5, "bytes": 500}])"));
  EXPECT_EQ(status["counters"], Json::parse(R"({"forward": 7})"));
  status_fails_ = true;
  EXPECT_EQ(send("GET", "/v1/status").status, 500);
}

TEST_F(RestReadTest, NeighboursAndWhoIsLookedForInVain) {
  network_.problems[server(9)] = "no port of the router has its network";
  controller_->observe(network_);
  send("PUT", "/v1/neighbours/10.0.0.2", R"({"interface": "p2", "mac": "02:03:04:05:06:22"})");
  const Json all = get("/v1/neighbours");
  EXPECT_EQ(all["10.0.0.1"], Json::parse(R"({"interface": "p1", "mac": "02:03:04:05:06:01",
                                             "source": "kernel"})"));
  EXPECT_EQ(all["10.0.0.2"], Json::parse(R"({"interface": "p2", "mac": "02:03:04:05:06:22",
                                             "source": "static"})"));
  EXPECT_EQ(all["10.0.0.9"], Json::parse(R"({"interface": null, "mac": null, "source": "kernel",
      "problem": "no port of the router has its network"})"));
  EXPECT_EQ(get("/v1/neighbours/10.0.0.9"), all["10.0.0.9"]);
  EXPECT_EQ(send("GET", "/v1/neighbours/10.0.0.99").status, 404);
  EXPECT_EQ(send("GET", "/v1/neighbours/x").status, 400);
}

TEST_F(RestReadTest, TheLogNewestFirst) {
  put_web();
  const Json log = get("/v1/generations");
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0]["number"], 2);
  EXPECT_EQ(log[0]["cause"], "service 10.0.10.0:80/tcp");
  EXPECT_EQ(log[1]["cost"]["buckets_moved"], 64);
  EXPECT_THAT(log[0]["time"].get<std::string>(),
              MatchesRegex("[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  EXPECT_EQ(get("/v1/generations", {{"limit", "1"}}).size(), 1u);
  EXPECT_EQ(get("/v1/generations/1"), log[1]);
  EXPECT_EQ(send("GET", "/v1/generations/3").status, 404);
  EXPECT_EQ(send("GET", "/v1/generations/0").status, 400);
  EXPECT_EQ(send("GET", "/v1/generations", {}, with({{"limit", "0"}})).status, 400);
}

TEST_F(RestReadTest, WhatLiesBetweenTwoGenerations) {
  put_web();
  send("DELETE", "/v1/services/10.0.10.0:80/tcp");
  const char* diff = "/v1/generations/diff";
  EXPECT_EQ(get(diff, {{"from", "1"}, {"to", "2"}}), Json::parse(R"({"from": 1, "to": 2,
                            "difference": ["+ service 10.0.10.0:80/tcp to web"]})"));
  EXPECT_EQ(get(diff, {{"from", "2"}, {"to", "1"}})["difference"],
            Json({"- service 10.0.10.0:80/tcp"}));
  EXPECT_EQ(get(diff, {{"from", "1"}})["difference"], Json::array()) << "there and back";
  EXPECT_EQ(get(diff, {{"from", "1"}})["to"], 3);
  EXPECT_EQ(get(diff, {{"from", "3"}, {"to", "3"}})["difference"], Json::array());
  EXPECT_EQ(send("GET", diff, {}, with({{"from", "1"}, {"to", "4"}})).status, 404);
  EXPECT_EQ(send("GET", diff, {}, with({{"to", "3"}})).status, 400);
}

TEST_F(RestReadTest, ATraceHasTheNamesOfTheConfiguration) {
  put_web();
  const Json trace = get("/v1/trace", {{"source", "10.0.1.99:1234"},
                                       {"destination", "10.0.10.0:80"},
                                       {"protocol", "udp"},
                                       {"attempt", "2"}});
  EXPECT_EQ(trace, Json::parse(R"({"verdict": "forward", "pool": "web", "bucket": 3,
      "owners": ["10.0.0.1", "10.0.0.2"], "backend": "10.0.0.1", "mark": 0,
      "steps": [{"step": "pool", "text": "web"}]})"));
  EXPECT_EQ(traced_.source, ip("10.0.1.99"));
  EXPECT_EQ(traced_.source_port, 1234);
  EXPECT_EQ(traced_.destination, ip("10.0.10.0"));
  EXPECT_EQ(traced_.destination_port, 80);
  EXPECT_EQ(traced_.protocol, Protocol::udp);
  EXPECT_EQ(traced_.attempt, 2u);
  EXPECT_FALSE(traced_.opens);
}

TEST_F(RestReadTest, APacketToTraceIsNamedWhole) {
  const auto status = [this](Parameters more) {
    Parameters all = {{"destination", "10.0.10.0:80"}};
    all.merge(more);
    return send("GET", "/v1/trace", {}, with(std::move(all))).status;
  };
  EXPECT_EQ(status({{"source", "10.0.1.99:1"}}), 200);
  EXPECT_EQ(status({{"source", "10.0.1.99:1"}, {"opens", "true"}}), 200);
  EXPECT_TRUE(traced_.opens);
  EXPECT_EQ(status({}), 400);
  for (const char* source : {"", "10.0.1.99", "10.0.1.99:", "10.0.1.99:65536", ":1", "a:1",
                             "[2001:db8::9]:1", "2001:db8::9"}) {
    EXPECT_EQ(status({{"source", source}}), 400) << source;
  }
  for (const auto& [name, value] : Parameters{{"protocol", "icmp"},
                                              {"protocol", "any"},
                                              {"attempt", "99"},
                                              {"opens", "1"},
                                              {"source", "10.0.1.99:2"}}) {
    EXPECT_EQ(status({{"source", "10.0.1.99:1"}, {name, value}}), 400) << name << "=" << value;
  }
  EXPECT_EQ(status({{"source", "10.0.1.99:1"}, {"protocol", "udp"}, {"opens", "true"}}), 400);
  status_fails_ = true;
  EXPECT_EQ(status({{"source", "10.0.1.99:1"}}), 500);
}

}  // namespace
}  // namespace ricochet

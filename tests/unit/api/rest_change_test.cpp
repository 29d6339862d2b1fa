// SPDX-License-Identifier: Apache-2.0
#include "rest_fixture.h"

namespace ricochet {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RestChangeTest : public RestTest {};

TEST_F(RestChangeTest, AnswersWithWhatTheChangeDid) {
  const ApiResponse made = send("PUT", "/v1/pools/web", kWebPool);
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.content_type, "application/json");
  EXPECT_EQ(made.etag, "\"1\"");
  const Json report = Json::parse(made.body);
  EXPECT_EQ(report["generation"], 1);
  EXPECT_EQ(report["changed"], true);
  EXPECT_EQ(report["dry_run"], false);
  EXPECT_FALSE(report["difference"].empty());
  EXPECT_EQ(report["cost"]["buckets_moved"], 64);
  EXPECT_EQ(report["pools"]["web"]["buckets_moved"], 64);
  EXPECT_EQ(report["cost"]["owners_evicted"], 0);
  EXPECT_EQ(state()->configuration.pools.at("web").backends.size(), 2u);
  expect_consistent();
}

TEST_F(RestChangeTest, TheSameAgainChangesNothing) {
  put_web();
  const Json again = Json::parse(send("PUT", "/v1/pools/web", kWebPool).body);
  EXPECT_EQ(again["changed"], false);
  EXPECT_EQ(again["generation"], 2);
}

TEST_F(RestChangeTest, PutReplacesAndPatchMerges) {
  put_web();
  ASSERT_EQ(send("PATCH", "/v1/pools/web/backends/10.0.0.1", R"({"weight": 3})").status, 200);
  ASSERT_EQ(send("PATCH", "/v1/pools/web/backends/10.0.0.1", R"({"state": "draining"})").status,
            200);
  Backend backend = state()->configuration.pools.at("web").backends.front();
  EXPECT_EQ(backend.weight, 3u);
  EXPECT_EQ(backend.state, BackendState::draining);
  ASSERT_EQ(send("PUT", "/v1/pools/web/backends/10.0.0.1", R"({"agent": "none"})").status, 200);
  backend = state()->configuration.pools.at("web").backends.front();
  EXPECT_EQ(backend, (Backend{.address = server(1), .agent = AgentUse::none}));
}

TEST_F(RestChangeTest, APatchChangesOneOptionAndTakesAQuicIdAway) {
  put_web();
  const char* name = "/v1/services/10.0.10.0:443/udp";
  ASSERT_EQ(send("PUT", name, R"({"pool": "web", "affinity": "source", "quic": true})").status,
            200);
  ASSERT_EQ(send("PATCH", name, R"({"keep_flows": true})").status, 200);
  const ServiceOptions all{.affinity = Affinity::source, .keep_flows = true, .quic = true};
  EXPECT_EQ(state()->configuration.services.at(service("10.0.10.0:443/udp")).options, all);
  ASSERT_EQ(send("PUT", name, R"({"pool": "web"})").status, 200);
  EXPECT_EQ(state()->configuration.services.at(service("10.0.10.0:443/udp")).options,
            ServiceOptions{});

  const char* backend = "/v1/pools/web/backends/10.0.0.1";
  const auto quic_id = [&] {
    return state()->configuration.pools.at("web").backends.front().quic_id;
  };
  ASSERT_EQ(send("PATCH", backend, R"({"quic_id": "0a:01"})").status, 200);
  ASSERT_EQ(send("PATCH", backend, R"({"weight": 3})").status, 200);
  EXPECT_EQ(quic_id(), *QuicId::parse("0a:01"));
  ASSERT_EQ(send("PATCH", backend, R"({"quic_id": null})").status, 200);
  EXPECT_EQ(quic_id(), std::nullopt);
  expect_consistent();
}

TEST_F(RestChangeTest, OptionsThatCannotBeAreRefusedWithTheirPlace) {
  put_web();
  const ApiResponse refused =
      send("PATCH", "/v1/services/10.0.10.0:80/tcp", R"({"keep_flows": true})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(Json::parse(refused.body)["where"],
            Json({"services", "10.0.10.0:80/tcp", "keep_flows"}));
}

TEST_F(RestChangeTest, APatchTakesEitherType) {
  put_web();
  const ApiRequest merge{.content_type = "application/merge-patch+json; charset=utf-8"};
  EXPECT_EQ(send("PATCH", "/v1/pools/web", R"({"buckets": 128})", merge).status, 200);
  EXPECT_EQ(send("PUT", "/v1/pools/web", kWebPool, merge).status, 415);
}

TEST_F(RestChangeTest, OnePatchIsOneGeneration) {
  put_web();
  const Json report = Json::parse(send("PATCH", "/v1/configuration", R"({
      "pools": {"web": {"backends": {"10.0.0.1": null, "10.0.0.3": {"weight": 2}}}, "tls": {}},
      "services": {"10.0.10.0:443/tcp": {"pool": "tls"}, "10.0.10.0:80/tcp": null},
      "neighbours": {"10.0.0.3": {"interface": "p2", "mac": "02:03:04:05:06:03"}}})")
                                      .body);
  EXPECT_EQ(report["generation"], 3);
  const Configuration& now = state()->configuration;
  EXPECT_EQ(now.pools.at("web").backends,
            (std::vector<Backend>{{.address = server(2)}, {.address = server(3), .weight = 2}}));
  EXPECT_EQ(now.services, (Services{{service("10.0.10.0:443/tcp"), {"tls"}}}));
  EXPECT_EQ(now.neighbours, (Neighbours{{server(3), neighbour("p2", 3)}}));
}

TEST_F(RestChangeTest, TheWholeConfigurationGoesBackAsItCame) {
  put_web();
  send("PUT", "/v1/pools/web/backends/connected", "{}");
  const std::string before = send("GET", "/v1/configuration").body;
  ASSERT_EQ(send("PUT", "/v1/configuration", "{}").status, 200);
  EXPECT_EQ(state()->configuration, Configuration{});
  ASSERT_EQ(send("PUT", "/v1/configuration", before).status, 200);
  EXPECT_EQ(send("GET", "/v1/configuration").body, before);
}

TEST_F(RestChangeTest, ADryRunChangesNothing) {
  put_web();
  const ApiResponse dry = send("PATCH", "/v1/pools/web", R"({"backends": {"10.0.0.2": null}})",
                               with({{"dry_run", "true"}}));
  EXPECT_EQ(dry.status, 200) << dry.body;
  EXPECT_EQ(dry.etag, "\"2\"") << "what is in force";
  const Json report = Json::parse(dry.body);
  EXPECT_EQ(report["dry_run"], true);
  EXPECT_EQ(report["changed"], true);
  EXPECT_EQ(report["generation"], 3) << "what it would be";
  EXPECT_GT(report["cost"]["buckets_moved"], 0);
  EXPECT_EQ(state()->generation, 2u);
  EXPECT_EQ(state()->configuration.pools.at("web").backends.size(), 2u);
  EXPECT_EQ(
      send("DELETE", "/v1/pools/web/backends/10.0.0.2", {}, with({{"dry_run", "yes"}})).status,
      400);
}

TEST_F(RestChangeTest, OfTwoWhoSawTheSameGenerationOneIsRefused) {
  put_web();
  const std::string tag = send("GET", "/v1/configuration").etag;
  EXPECT_EQ(tag, "\"2\"");
  const char* backend = "/v1/pools/web/backends/10.0.0.1";
  EXPECT_EQ(send("PATCH", backend, R"({"weight": 2})", if_match(tag.c_str())).status, 200);
  const ApiResponse late = send("DELETE", backend, {}, if_match(tag.c_str()));
  EXPECT_EQ(late.status, 412);
  EXPECT_EQ(late.etag, "\"3\"");
  EXPECT_THAT(late.body, HasSubstr("generation 3 is in force, not 2"));
  EXPECT_EQ(send("DELETE", backend, {}, if_match("*")).status, 200);
  for (const char* wrong : {"3", "\"3", "W/\"3\"", "\"x\"", "\"3\", \"4\""}) {
    EXPECT_EQ(send("DELETE", "/v1/pools/web", {}, if_match(wrong)).status, 400) << wrong;
  }
}

TEST_F(RestChangeTest, IfNoneMatchOnlyMakesWhatIsNew) {
  const ApiRequest is_new{.if_none_match = "*"};
  EXPECT_EQ(send("PUT", "/v1/pools/web", kWebPool, is_new).status, 200);
  EXPECT_EQ(send("PUT", "/v1/pools/web", "{}", is_new).status, 412);
  EXPECT_EQ(send("PUT", "/v1/pools/web", "{}", {.if_none_match = "\"1\""}).status, 400);
  EXPECT_EQ(state()->configuration.pools.at("web").backends.size(), 2u);
}

TEST_F(RestChangeTest, NamesArePercentDecodedAndServicesMayHoldASlash) {
  put_web();
  const char* body = R"({"pool": "web"})";
  EXPECT_EQ(send("PUT", "/v1/services/10.0.20.0%2F24", body).status, 200);
  EXPECT_EQ(send("PUT", "/v1/services/10.0.30.0/24", body).status, 200);
  EXPECT_EQ(send("PUT", "/v1/services/10.0.40.0:8000-8010%2fudp", body).status, 200);
  EXPECT_TRUE(state()->configuration.services.contains(service("10.0.20.0/24")));
  EXPECT_TRUE(state()->configuration.services.contains(service("10.0.30.0/24")));
  EXPECT_EQ(get("/v1/services/10.0.40.0%3A8000-8010/udp")["pool"], "web");
  EXPECT_EQ(send("DELETE", "/v1/services/10.0.20.0/24").status, 200);
  EXPECT_EQ(send("DELETE", "/v1/services/10.0.20.0/24").status, 404);
  EXPECT_EQ(get("/v1/pools/%77eb")["buckets"], 64);
}

TEST_F(RestChangeTest, NamesMayBeOfIpv6) {
  put_web();
  const char* body = R"({"pool": "web"})";
  for (const char* name : {"[2001:db8::1]:80/tcp", "%5B2001%3ADB8%3A%3A1%5D%3A80%2Ftcp"}) {
    EXPECT_EQ(send("PUT", fmt::format("/v1/services/{}", name), body).status, 200) << name;
  }
  EXPECT_TRUE(state()->configuration.services.contains(service("[2001:db8::1]:80/tcp")));
  EXPECT_EQ(send("PUT", "/v1/services/2001:db8::/32", body).status, 200);
  EXPECT_EQ(send("PUT", "/v1/pools/web/backends/2001:db8::1", "{}").status, 200);
  EXPECT_EQ(send("PUT", "/v1/neighbours/fe80::1%25p2", "{}").status, 400);
  EXPECT_EQ(send("DELETE", "/v1/services/2001:db8::1").status, 404);
}

TEST_F(RestChangeTest, APoolInUseStays) {
  put_web();
  const ApiResponse refused = send("DELETE", "/v1/pools/web");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("service 10.0.10.0:80/tcp uses pool web"));
  ASSERT_EQ(send("DELETE", "/v1/services/10.0.10.0:80/tcp").status, 200);
  EXPECT_EQ(send("DELETE", "/v1/pools/web").status, 200);
  EXPECT_TRUE(state()->configuration.pools.empty());
}

TEST_F(RestChangeTest, TheLogSaysWhatWasChanged) {
  put_web();
  send("DELETE", "/v1/pools/web/backends/10.0.0.2");
  EXPECT_EQ(get("/v1/generations")[0]["cause"], "backend web/10.0.0.2");
}

TEST_F(RestChangeTest, AProblemSaysWhichPartIsWrong) {
  put_web();
  const ApiResponse refused =
      send("PATCH", "/v1/configuration",
           R"({"pools": {"web": {"backends": {"10.0.0.1": {"weight": 0}}}}})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.content_type, "application/problem+json");
  EXPECT_EQ(refused.etag, "\"2\"");
  const Json problem = Json::parse(refused.body);
  EXPECT_EQ(problem["type"], "about:blank");
  EXPECT_EQ(problem["title"], "Unprocessable Content");
  EXPECT_EQ(problem["status"], 422);
  EXPECT_THAT(problem["detail"].get<std::string>(), HasSubstr("256"));
  EXPECT_THAT(problem["where"].get<std::vector<std::string>>(),
              ElementsAre("pools", "web", "backends", "10.0.0.1", "weight"));
  const Json alone =
      Json::parse(send("PUT", "/v1/pools/web/backends/10.0.0.1", R"({"weight": 0})").body);
  EXPECT_EQ(alone["where"], problem["where"]);
  const Json no_pool =
      Json::parse(send("PUT", "/v1/services/10.0.10.0", R"({"pool": "none"})").body);
  EXPECT_THAT(no_pool["where"].get<std::vector<std::string>>(),
              ElementsAre("services", "10.0.10.0", "pool"));
}

TEST_F(RestChangeTest, NothingThatIsRefusedChangesAnything) {
  put_web();
  struct Case {
    int status;
    const char* method;
    const char* target;
    const char* body = "";
    ApiRequest headers = {};
  };
  const Case cases[] = {
      {400, "PUT", "/v1/pools/tls", "{"},
      {400, "PUT", "/v1/pools/tls", R"({"buckets": 64, "buckets": 128})"},
      {400, "PATCH", "/v1/configuration", R"({"pools": {"web": {}, "web": null}})"},
      {400, "PUT", "/v1/pools/tls", "{}", with({{"dryrun", "true"}})},
      {400, "PUT", "/v1/pools/tls", "{}", with({{"dry_run", "true"}, {"dry_run", "true"}})},
      {400, "PUT", "/v1/pools/%zz", "{}"},
      {400, "PUT", "/v1/pools/web/backends/10.0.0.256", "{}"},
      {400, "PUT", "/v1/services/10.0.10.0:80", R"({"pool": "web"})"},
      {400, "PUT", "/v1/neighbours/nobody", "{}"},
      {404, "PUT", "/v1/pools/none/backends/10.0.0.1", "{}"},
      {404, "PATCH", "/v1/pools/web/backends/10.0.0.9", "{}"},
      {404, "DELETE", "/v1/pools/web/backends/10.0.0.9"},
      {404, "DELETE", "/v1/neighbours/10.0.0.9"},
      {404, "DELETE", "/v1/pools/none"},
      {404, "DELETE", "/v1/pools/"},
      {404, "DELETE", "/v1/"},
      {405, "DELETE", "/v1/configuration"},
      {405, "POST", "/v1/pools"},
      {409, "DELETE", "/v1/pools/web"},
      {411, "PUT", "/v1/pools/web"},
      {412, "PUT", "/v1/configuration", "{}", if_match("\"1\"")},
      {413,
       "PUT",
       "/v1/configuration",
       "",
       {.content_type = "application/json", .content_length = "16777217"}},
      {415, "PUT", "/v1/configuration", "a=b", {.content_type = "text/plain"}},
      {415, "PUT", "/v1/configuration", "{}", {.content_encoding = "gzip"}},
      {422, "PUT", "/v1/configuration", "[]"},
      {422, "PATCH", "/v1/configuration", "null"},
      {422, "PUT", "/v1/pools/tls", R"({"bucket": 64})"},
      {422, "PUT", "/v1/pools/tls", R"({"buckets": 65})"},
      {422, "PUT", "/v1/pools/a%2Fb", "{}"},
      {422, "PATCH", "/v1/configuration", R"({"pools": {"web": null}})"},
      {422, "PUT", "/v1/neighbours/10.0.0.9", R"({"interface": "no", "mac": "02:00:00:00:00:09"})"},
      {422, "PUT", "/v1/neighbours/10.0.0.9", R"({"interface": "p1"})"},
  };
  const std::string before = send("GET", "/v1/configuration").body;
  const auto publishes = dataplane_.publishes;
  for (const Case& refused : cases) {
    const ApiResponse response =
        send(refused.method, refused.target, refused.body, refused.headers);
    EXPECT_EQ(response.status, refused.status)
        << refused.method << " " << refused.target << ": " << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.etag, "\"2\"");
    EXPECT_EQ(Json::parse(response.body)["status"], refused.status);
    EXPECT_EQ(send("GET", "/v1/configuration").body, before) << refused.target;
  }
  EXPECT_EQ(dataplane_.publishes, publishes);
  EXPECT_EQ(state()->generation, 2u);
  expect_consistent();
}

TEST_F(RestChangeTest, TheAllowedMethodsAreNamed) {
  EXPECT_EQ(send("POST", "/v1/pools/web").allow, "GET, PUT, PATCH, DELETE, HEAD");
  EXPECT_EQ(send("PUT", "/v1/status", "{}").allow, "GET, HEAD");
  EXPECT_EQ(send("PATCH", "/v1/neighbours/10.0.0.1", "{}").allow, "GET, PUT, DELETE, HEAD");
}

TEST_F(RestChangeTest, AFailingDataPlaneIsTheServersFault) {
  dataplane_.fail_after(0);
  const ApiResponse failed = send("PUT", "/v1/pools/web", kWebPool);
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.content_type, "application/problem+json");
  dataplane_.heal();
}

}  // namespace
}  // namespace ricochet

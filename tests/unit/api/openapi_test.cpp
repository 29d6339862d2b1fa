// SPDX-License-Identifier: Apache-2.0
//
// The API's document against what the API does.
#include "api/openapi.h"

#include <algorithm>
#include <set>

#include "api/rest_routes.h"
#include "json_schema.h"
#include "rest_fixture.h"

namespace ricochet {
namespace {

constexpr const char* kBackend = "/v1/pools/{pool}/backends/{backend}";

// A request of a documented operation, with the status that it must have.
struct Sample {
  const char* path;  // of the document
  const char* method;
  int status;
  const char* target;
  const char* body = "";
  ApiRequest headers = {};
};

ApiRequest parameters(Parameters values) {
  return {.parameters = std::move(values)};
}

// Of the operations that change one thing: `there` is there and can go, `absent` is not, `wrong`
// cannot be.
struct ChangeTargets {
  const char* path;
  const char* there;
  const char* absent;
  const char* good;  // a body that it can be put with
  const char* invalid;
};

const ChangeTargets kTargets[] = {
    {"/v1/configuration", "/v1/configuration", nullptr, "{}", R"({"x": 1})"},
    {"/v1/pools/{pool}", "/v1/pools/idle", "/v1/pools/none", "{}", R"({"x": 1})"},
    {kBackend, "/v1/pools/web/backends/10.0.0.1", "/v1/pools/none/backends/10.0.0.1", "{}",
     R"({"x": 1})"},
    {"/v1/services/{service}", "/v1/services/10.0.10.0:80/tcp", "/v1/services/10.9.9.9",
     R"({"pool": "web"})", R"({"pool": "none"})"},
    {"/v1/neighbours/{address}", "/v1/neighbours/10.0.0.2", "/v1/neighbours/10.9.9.9",
     R"({"interface": "p2", "mac": "02:03:04:05:06:07"})", R"({"interface": "p2", "mac": "x"})"},
};

// What ought to come of it if a route documents the status.
std::vector<Sample> change_samples(const ChangeTargets& at, const char* method) {
  const bool removes = std::string_view(method) == "DELETE";
  const char* good = removes ? "" : at.good;
  std::vector<Sample> samples = {
      {at.path, method, 200, at.there, good, parameters({{"dry_run", "true"}})},
      {at.path, method, 400, at.there, good, parameters({{"x", "1"}})},
      {at.path, method, 412, at.there, good, {.if_match = "\"99\""}},
  };
  if (at.absent != nullptr) samples.push_back({at.path, method, 404, at.absent, good});
  if (removes) return samples;
  samples.push_back({at.path, method, 411, at.there});
  samples.push_back({at.path,
                     method,
                     413,
                     at.there,
                     "",
                     {.content_type = "application/json", .content_length = "99999999"}});
  samples.push_back({at.path, method, 415, at.there, good, {.content_type = "text/plain"}});
  samples.push_back({at.path, method, 422, at.there, at.invalid});
  return samples;
}

std::vector<Sample> samples() {
  std::vector<Sample> all = {
      {"/v1/openapi.json", "GET", 200, "/v1/openapi.json"},
      {"/v1/router", "GET", 200, "/v1/router"},
      {"/v1/status", "GET", 200, "/v1/status"},
      {"/v1/configuration", "GET", 200, "/v1/configuration"},
      {"/v1/pools", "GET", 200, "/v1/pools"},
      {"/v1/pools/{pool}", "GET", 200, "/v1/pools/web"},
      {"/v1/pools/{pool}", "GET", 404, "/v1/pools/none"},
      {"/v1/pools/{pool}", "DELETE", 409, "/v1/pools/web"},
      {"/v1/pools/{pool}/backends", "GET", 200, "/v1/pools/web/backends"},
      {"/v1/pools/{pool}/backends", "GET", 404, "/v1/pools/none/backends"},
      {kBackend, "GET", 200, "/v1/pools/web/backends/10.0.0.1"},
      {kBackend, "GET", 404, "/v1/pools/web/backends/10.9.9.9"},
      {"/v1/services", "GET", 200, "/v1/services"},
      {"/v1/services/{service}", "GET", 200, "/v1/services/10.0.10.0:80/tcp"},
      {"/v1/services/{service}", "GET", 404, "/v1/services/10.9.9.9"},
      {"/v1/neighbours", "GET", 200, "/v1/neighbours"},
      {"/v1/neighbours/{address}", "GET", 200, "/v1/neighbours/10.0.0.1"},
      {"/v1/neighbours/{address}", "GET", 404, "/v1/neighbours/10.9.9.9"},
      {"/v1/generations", "GET", 200, "/v1/generations"},
      {"/v1/generations/{number}", "GET", 200, "/v1/generations/1"},
      {"/v1/generations/{number}", "GET", 404, "/v1/generations/99"},
      {"/v1/generations/diff", "GET", 200, "/v1/generations/diff", "",
       parameters({{"from", "0"}, {"to", "2"}})},
      {"/v1/generations/diff", "GET", 404, "/v1/generations/diff", "",
       parameters({{"from", "0"}, {"to", "99"}})},
      {"/v1/trace", "GET", 200, "/v1/trace", "",
       parameters({{"source", "10.0.1.99:1"}, {"destination", "10.0.10.0:80"}})},
  };
  for (const ChangeTargets& at : kTargets) {
    for (const char* method : {"PUT", "PATCH", "DELETE"}) {
      std::ranges::move(change_samples(at, method), std::back_inserter(all));
    }
  }
  for (size_t i = 0, size = all.size(); i < size; ++i) {
    if (std::string_view(all[i].method) != "GET" || all[i].status != 200) continue;
    Sample refused = all[i];
    refused.status = 400;
    refused.headers = parameters({{"x", "1"}});
    all.push_back(refused);
  }
  return all;
}

class OpenApiTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    put_web();
    send("PUT", "/v1/pools/idle", "{}");
    send("PATCH", "/v1/pools/web/backends/10.0.0.1", R"({"quic_id": "0a:01"})");
    send("PUT", "/v1/neighbours/10.0.0.2", R"({"interface": "p2", "mac": "02:03:04:05:06:22"})");
    network_.problems[server(9)] = "no port of the router has its network";
    controller_->observe(network_);
    document_ = get("/v1/openapi.json");
  }

  const Json* operation(const std::string& path, std::string method) const {
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto found = document_["paths"].find(path);
    if (found == document_["paths"].end() || !found->contains(method)) return nullptr;
    return &(*found)[method];
  }

  void expect_as_documented(const Json& documented, const ApiResponse& response,
                            const std::string& what) {
    const std::string status = std::to_string(response.status);
    ASSERT_TRUE(documented["responses"].contains(status)) << what << " answers " << status;
    const Json& content = documented["responses"][status]["content"];
    ASSERT_TRUE(content.contains(response.content_type)) << what << ": " << response.content_type;
    JsonSchema schema(document_);
    EXPECT_THAT(schema.errors(content[response.content_type]["schema"], Json::parse(response.body)),
                ::testing::IsEmpty())
        << what << ": " << response.body;
    EXPECT_FALSE(response.etag.empty()) << what;
  }

  Json document_;
};

TEST_F(OpenApiTest, EveryDocumentedStatusIsReachedAndAnswersAsDocumented) {
  std::set<std::string> reached;
  for (const Sample& sample : samples()) {
    const std::string what = fmt::format("{} {} {}", sample.method, sample.path, sample.status);
    const Json* documented = operation(sample.path, sample.method);
    const std::string status = std::to_string(sample.status);
    if (documented == nullptr || !(*documented)["responses"].contains(status)) continue;
    const ApiResponse response = send(sample.method, sample.target, sample.body, sample.headers);
    EXPECT_EQ(response.status, sample.status) << what << ": " << response.body;
    expect_as_documented(*documented, response, what);
    reached.insert(what);
  }
  for (const auto& [path, operations] : document_["paths"].items()) {
    for (const auto& [method, documented] : operations.items()) {
      for (const auto& [status, response] : documented["responses"].items()) {
        if (status == "default" || status == "500") continue;
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(),
                               [](unsigned char c) { return std::toupper(c); });
        EXPECT_TRUE(reached.contains(fmt::format("{} {} {}", upper, path, status)))
            << upper << " " << path << " " << status << " has no sample";
      }
    }
  }
}

TEST_F(OpenApiTest, WhenTheMachineFailsTheAnswerIsDocumented) {
  dataplane_.fail_after(0);
  status_fails_ = true;
  const Sample failures[] = {
      {"/v1/status", "GET", 500, "/v1/status"},
      {"/v1/pools/{pool}/backends", "GET", 500, "/v1/pools/web/backends"},
      {kBackend, "GET", 500, "/v1/pools/web/backends/10.0.0.1"},
      {"/v1/neighbours/{address}", "PUT", 500, "/v1/neighbours/10.0.0.3",
       R"({"interface": "p2", "mac": "02:03:04:05:06:07"})"},
      {"/v1/neighbours/{address}", "DELETE", 500, "/v1/neighbours/10.0.0.2"},
  };
  for (const Sample& sample : failures) {
    const ApiResponse response = send(sample.method, sample.target, sample.body);
    EXPECT_EQ(response.status, 500) << sample.target << response.body;
    expect_as_documented(*operation(sample.path, sample.method), response, sample.target);
  }
  dataplane_.heal();
}

TEST_F(OpenApiTest, EveryGetIsHeadToo) {
  for (const Sample& sample : samples()) {
    if (std::string_view(sample.method) != "GET") continue;
    const ApiResponse head = send("HEAD", sample.target, sample.body, sample.headers);
    EXPECT_EQ(head.status, sample.status) << sample.target;
  }
}

TEST_F(OpenApiTest, BodiesThatAreTakenAreAsDocumented) {
  JsonSchema schema(document_);
  const Json& schemas = document_["components"]["schemas"];
  EXPECT_THAT(schema.errors(schemas["Pool"], Json::parse(kWebPool)), ::testing::IsEmpty());
  for (const ChangeTargets& at : kTargets) {
    const Json& body = (*operation(at.path, "PUT"))["requestBody"]["content"]["application/json"];
    EXPECT_THAT(schema.errors(body["schema"], Json::parse(at.good)), ::testing::IsEmpty());
  }
  EXPECT_THAT(
      schema.errors(
          schemas["Service"],
          Json::parse(
              R"({"pool": "web", "affinity": "source", "keep_flows": true, "quic": true})")),
      ::testing::IsEmpty());
  EXPECT_THAT(schema.errors(schemas["Backend"], Json::parse(R"({"quic_id": "0a:01"})")),
              ::testing::IsEmpty());
  EXPECT_FALSE(schema.errors(schemas["Pool"], Json::parse(R"({"x": 1})")).empty());
  EXPECT_FALSE(
      schema.errors(schemas["Service"], Json::parse(R"({"pool": "web", "affinity": "client"})"))
          .empty());
  EXPECT_FALSE(schema.errors(schemas["Backend"], Json::parse(R"({"weight": 0})")).empty());
  EXPECT_FALSE(schema.errors(schemas["Service"], Json::parse("{}")).empty());
}

// A document that tools can read: references lead somewhere, path parameters are those of the path.
TEST_F(OpenApiTest, TheDocumentIsSound) {
  EXPECT_EQ(document_["openapi"], "3.1.0");
  const Json flat = document_.flatten();
  for (const auto& [where, value] : flat.items()) {
    if (!where.ends_with("/$ref")) continue;
    const Json::json_pointer target(value.get<std::string>().substr(1));
    EXPECT_TRUE(document_.contains(target)) << where << ": " << value;
  }
  for (const auto& [path, operations] : document_["paths"].items()) {
    for (const auto& [method, documented] : operations.items()) {
      std::set<std::string> names;
      for (const Json& parameter : documented["parameters"]) {
        if (parameter.value("in", "") != "path") continue;
        EXPECT_NE(path.find("{" + parameter["name"].get<std::string>() + "}"), std::string::npos);
        names.insert(parameter["name"]);
      }
      EXPECT_EQ(names.size(), std::ranges::count(path, '{')) << path;
    }
  }
}

}  // namespace
}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// The API on a router without a kernel.
#pragma once

#include <gmock/gmock.h>

#include "../control/controller_fixture.h"
#include "api/handler.h"

namespace ricochet {

// A small maglev table, as JSON of a pool.
inline constexpr const char* kWebPool =
    R"({"buckets": 64, "backends": {"10.0.0.1": {}, "10.0.0.2": {}}})";

class RestTest : public ControllerTest {
 protected:
  void SetUp() override { start(ControllerOptions{}); }

  // Sends it as clients do, with the type and length of the body if there is one.
  ApiResponse send(const char* method, std::string target, std::string body = {},
                   ApiRequest headers = {}) {
    ApiRequest request = std::move(headers);
    const size_t query = std::min(target.find('?'), target.size());
    request.method = method;
    request.path = target.substr(0, query);
    request.target = std::move(target);
    if (!body.empty()) {
      if (request.content_type.empty()) request.content_type = "application/json";
      request.content_length = std::to_string(body.size());
    }
    request.body = std::move(body);
    auto early = answer_headers(*controller_, daemon_, request);
    return early ? *std::move(early) : answer(*controller_, daemon_, request);
  }
  static ApiRequest with(Parameters parameters) { return {.parameters = std::move(parameters)}; }
  static ApiRequest if_match(const char* tag) { return {.if_match = tag}; }

  Json get(std::string target, Parameters parameters = {}) {
    const ApiResponse shown = send("GET", std::move(target), {}, with(std::move(parameters)));
    EXPECT_EQ(shown.status, 200) << shown.body;
    return Json::parse(shown.body);
  }

  // Pool web with servers 1 and 2, and a service that uses it.
  void put_web() {
    ASSERT_EQ(send("PUT", "/v1/pools/web", kWebPool).status, 200);
    ASSERT_EQ(send("PUT", "/v1/services/10.0.10.0:80/tcp", R"({"pool": "web"})").status, 200);
  }

  // A trace that got as far as owner 1 of a bucket of pool 0.
  [[nodiscard]] Result<Trace> trace(const TraceNames& names) const {
    if (status_fails_) return error("made to fail");
    return Trace{.verdict = "forward",
                 .steps = {{"pool", names.pool(0)}},
                 .pool = 0,
                 .bucket = 3,
                 .owners = {1, 2, 0, 0},
                 .backend = 1,
                 .nexthop = {},
                 .mark = 0};
  }

  // What the data plane would have counted.
  DataplaneStatus status_{.router = true,
                          .links = {},
                          .counters = {{"forward", "sent on", 7}},
                          .backends = {{"10.0.0.1", true, 5, 500}},
                          .pins = {.used = 3, .capacity = 8},
                          .flows = {.used = 2, .capacity = 16}};
  bool status_fails_ = false;  // and traces
  TracedPacket traced_;        // the last one
  DaemonFacts daemon_{.settings = {{"ports", {"p0", "p1"}}},
                      .version = "1.2.3",
                      .read_status = [this]() -> Result<DataplaneStatus> {
                        if (status_fails_) return error("made to fail");
                        return status_;
                      },
                      .trace_packet =
                          [this](const TracedPacket& packet, const TraceNames& names) {
                            traced_ = packet;
                            return trace(names);
                          }};
};

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// A router's API that answers what a test says, and remembers what it was asked.
#pragma once

#include <httplib.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "run_program.h"

namespace ricochet {

class FakeRouter {
 public:
  using Json = nlohmann::ordered_json;

  struct Asked {
    std::string method;
    std::string target;
    Json body;  // null: none
    httplib::Headers headers;

    [[nodiscard]] std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };

  // On a port of the loopback that is free, or on a socket.
  FakeRouter();
  explicit FakeRouter(const std::string& socket_path);
  ~FakeRouter();
  FakeRouter(const FakeRouter&) = delete;
  FakeRouter& operator=(const FakeRouter&) = delete;

  [[nodiscard]] std::string api() const { return api_; }

  // request: "GET /v1/pools?x=1". Whatever no answer is said for is not found.
  void answer(const std::string& request, const Json& body, int status = 200);
  void answer_text(const std::string& request, const std::string& body, int status = 200);

  // The program with --api of this router.
  RunResult run(std::vector<std::string> arguments) const;

  [[nodiscard]] std::vector<Asked> asked() const;
  [[nodiscard]] Asked last() const { return asked().at(asked().size() - 1); }

 private:
  void start();
  void respond(const httplib::Request& request, httplib::Response& response);

  std::string api_;
  httplib::Server server_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  std::vector<Asked> asked_;
};

// What the API answers to a change that was made.
FakeRouter::Json changed(std::vector<std::string> difference = {"+ pool web"});

}  // namespace ricochet

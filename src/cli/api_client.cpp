// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/json_line.h"
#include "util/result.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

constexpr time_t kConnectTimeoutS = 5;
constexpr time_t kAnswerTimeoutS = 60;  // an install of many large tables takes a while
constexpr int kOk = 200;

std::string check_url(const std::string& url) {
  if (url.starts_with("http://") && httplib::Client(url).is_valid()) return {};
  return fmt::format("'{}': write a URL without a path, as in http://127.0.0.1:5000", url);
}

Error unreachable(const ApiOptions& options, httplib::Error cause) {
  return error(
      "cannot reach the router's API at {} ({} failed): start `ricochet router`, or say with --api "
      "where it listens",
      options.url, httplib::to_string(cause));
}

Result<std::string> send(const ApiOptions& options, const char* method, const std::string& path) {
  httplib::Client client(options.url);
  client.set_connection_timeout(kConnectTimeoutS);
  client.set_read_timeout(kAnswerTimeoutS);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.set_header("Accept", options.json ? "application/json" : "text/plain");
  if (request.method == "PUT") request.set_header("Content-Length", "0");
  const httplib::Result answer = client.send(request);
  if (!answer) return unreachable(options, answer.error());
  if (answer->status != kOk) return Error{answer->body};
  return answer->body;
}

ExitCode refuse(const ApiOptions& options, const Error& reason) {
  if (options.json) {
    std::cout << json_line({{"ok", false}, {"message", reason.message}});
  } else {
    std::cerr << "ricochet: " << reason.message << '\n';
  }
  return ExitCode::refused;
}

}  // namespace

void add_api_options(CLI::App& app, ApiOptions& options) {
  app.add_option("--api", options.url, "Where the router's API listens")
      ->check(CLI::Validator(check_url, "URL"))
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
}

ExitCode send_command(const ApiOptions& options, const std::string& path) {
  const auto answer = send(options, "PUT", path);
  if (!answer) return refuse(options, answer.error());
  if (options.json) {
    std::cout << json_line({{"ok", true}, {"message", *answer}});
  } else {
    std::cout << *answer << '\n';
  }
  return ExitCode::done;
}

ExitCode show(const ApiOptions& options, const std::string& path) {
  const auto answer = send(options, "GET", path);
  if (!answer) return refuse(options, answer.error());
  if (!options.json) {
    std::cout << *answer;
    return ExitCode::done;
  }
  const Json content = Json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (!content.is_object()) {
    return refuse(options, error("{} does not answer as a router does: check --api", options.url));
  }
  Json outcome = {{"ok", true}};
  outcome.update(content);
  std::cout << json_line(outcome);
  return ExitCode::done;
}

}  // namespace ricochet

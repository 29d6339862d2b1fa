// SPDX-License-Identifier: Apache-2.0
//
// Requests to the router's API, and the options of every subcommand that makes them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/subcommands.h"
#include "util/result.h"

namespace ricochet {

struct ApiOptions {
  std::string api;  // "http://HOST:PORT", "unix:PATH", or empty: see endpoint_of
  std::string state_dir = "/var/lib/ricochet/router";
  bool json = false;
};

// Adds --api, --state and --json. options outlives the app. state_option: another name for --state,
// where that is something else.
void add_api_options(CLI::App& app, ApiOptions& options, const char* state_option = "--state");

// Where requests go: --api, else the socket in the state directory if it is there, else
// http://127.0.0.1:5000.
std::string endpoint_of(const ApiOptions& options);

// The state directory has the socket of a daemon, which may have ended without removing it.
bool has_socket(const ApiOptions& options);

struct ApiCall {
  std::string method;
  std::string path;                                 // with its query
  std::optional<nlohmann::ordered_json> body = {};  // of PUT and PATCH
  std::vector<std::pair<std::string, std::string>> headers = {};
  int timeout_s = 60;  // a change of many large tables takes a while
};

struct ApiReply {
  int status = 0;  // of HTTP
  std::string body;

  [[nodiscard]] bool ok() const { return status == 200; }
};

// Why a request was refused.
struct Refusal {
  std::string message;
  std::vector<std::string> where;  // keys of the configuration, if it is about a part of it
};

// The answer, whatever its status. An error means that there was none.
Result<ApiReply> exchange(const ApiOptions& options, const ApiCall& call);

// Of a reply that is not ok(): of its problem+json, else its text.
Refusal refusal_of(const ApiReply& reply);

// The JSON that the API answers; a refusal is an error.
Result<nlohmann::ordered_json> request_json(const ApiOptions& options, const ApiCall& call);
Result<nlohmann::ordered_json> get_json(const ApiOptions& options, const std::string& path);

// One of the ECMP-ER paper's requests, whose answers are text. The first sends PUT and prints the
// answer, with --json as {"ok":true,"message":...}. The second sends GET and prints what it gives,
// with --json as JSON with "ok" added.
ExitCode send_command(const ApiOptions& options, const std::string& path);
ExitCode show(const ApiOptions& options, const std::string& path);

}  // namespace ricochet

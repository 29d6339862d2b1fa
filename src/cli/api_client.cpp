// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <filesystem>

#include "api/listen_address.h"
#include "cli/answer.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

constexpr time_t kConnectTimeoutS = 5;
constexpr std::string_view kUnixScheme = "unix:";
constexpr std::string_view kHttpScheme = "http://";
constexpr std::string_view kIpv6Url = "http://[";
constexpr const char* kDefaultUrl = "http://127.0.0.1:5000";
constexpr const char* kSocketName = "api.sock";

// Of a URL with an IPv6 address, in which the library takes no letters.
std::optional<InternetAddress> ipv6_of(std::string_view url) {
  if (!url.starts_with(kIpv6Url)) return std::nullopt;
  const auto address = parse_listen_address(url.substr(kHttpScheme.size()));
  if (!address) return std::nullopt;
  return std::get<InternetAddress>(*address);
}

bool is_url(const std::string& text) {
  if (text.starts_with(kIpv6Url)) return ipv6_of(text).has_value();
  return text.starts_with(kHttpScheme) && httplib::Client(text).is_valid();
}

std::string check_endpoint(const std::string& text) {
  if (text.starts_with(kUnixScheme) && text.size() > kUnixScheme.size()) return {};
  if (is_url(text)) return {};
  return fmt::format(
      "'{}': write a URL without a path, as in http://127.0.0.1:5000 or http://[::1]:5000, or "
      "unix: and the path of a socket",
      text);
}

std::filesystem::path socket_path(const ApiOptions& options) {
  return std::filesystem::path(options.state_dir) / kSocketName;
}

httplib::Client make_client(const std::string& endpoint) {
  if (const auto ipv6 = ipv6_of(endpoint)) {
    return httplib::Client(ipv6->address.to_string(), ipv6->port);
  }
  if (!endpoint.starts_with(kUnixScheme)) return httplib::Client(endpoint);
  constexpr int kNoPort = 80;  // of a socket file; the library wants a number
  httplib::Client client(endpoint.substr(kUnixScheme.size()), kNoPort);
  client.set_address_family(AF_UNIX);
  client.set_default_headers({{"Host", "localhost"}});
  return client;
}

Error unreachable(const std::string& endpoint, httplib::Error cause) {
  if (endpoint.starts_with(kUnixScheme)) {
    const std::string path = endpoint.substr(kUnixScheme.size());
    if (::access(path.c_str(), W_OK) != 0 && errno == EACCES) {
      return error("cannot use the router's API at {}: it is root's, run this with sudo", endpoint);
    }
  }
  return error(
      "cannot reach the router's API at {} ({} failed): start `ricochet router`, or say with --api "
      "where it listens",
      endpoint, httplib::to_string(cause));
}

httplib::Request to_request(const ApiCall& call, bool json) {
  httplib::Request request;
  request.method = call.method;
  request.path = call.path;
  request.set_header("Accept", json ? "application/json" : "text/plain");
  for (const auto& [name, value] : call.headers) request.set_header(name, value);
  if (call.body) {
    request.body = call.body->dump(-1, ' ', false, Json::error_handler_t::replace);
    const bool patch = call.method == "PATCH";
    request.set_header("Content-Type", patch ? "application/merge-patch+json" : "application/json");
  }
  if (call.method != "GET") {
    request.set_header("Content-Length", std::to_string(request.body.size()));
  }
  return request;
}

Result<std::string> exchange_text(const ApiOptions& options, const ApiCall& call) {
  const auto reply = exchange(options, call);
  if (!reply) return reply.error();
  if (!reply->ok()) return Error{refusal_of(*reply).message};
  return reply->body;
}

Result<Json> parse_object(const ApiOptions& options, const std::string& text) {
  Json content = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (content.is_structured()) return content;
  return error("{} does not answer as a router does: check --api", endpoint_of(options));
}

}  // namespace

void add_api_options(CLI::App& app, ApiOptions& options, const char* state_option) {
  app.add_option("--api", options.api,
                 fmt::format("Where the router's API listens: http://HOST:PORT or unix:PATH "
                             "(default: the socket in {} if it is there, else {})",
                             state_option, kDefaultUrl))
      ->check(CLI::Validator(check_endpoint, "URL"));
  app.add_option(state_option, options.state_dir, "State directory of the router on this machine")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
}

bool has_socket(const ApiOptions& options) {
  std::error_code ignored;
  return std::filesystem::is_socket(socket_path(options), ignored);
}

std::string endpoint_of(const ApiOptions& options) {
  if (!options.api.empty()) return options.api;
  if (!has_socket(options)) return kDefaultUrl;
  return std::string(kUnixScheme) + socket_path(options).string();
}

Result<ApiReply> exchange(const ApiOptions& options, const ApiCall& call) {
  const std::string endpoint = endpoint_of(options);
  httplib::Client client = make_client(endpoint);
  client.set_connection_timeout(std::min<time_t>(kConnectTimeoutS, call.timeout_s));
  client.set_read_timeout(call.timeout_s);
  const bool json = options.json || call.path.starts_with("/v1/");
  const httplib::Result answer = client.send(to_request(call, json));
  if (!answer) return unreachable(endpoint, answer.error());
  return ApiReply{.status = answer->status, .body = answer->body};
}

Refusal refusal_of(const ApiReply& reply) {
  const Json problem = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  if (problem.is_object() && problem.contains("detail")) {
    return {.message = problem["detail"].get<std::string>(),
            .where = problem.value("where", std::vector<std::string>())};
  }
  if (!reply.body.empty() && !problem.is_structured()) return {.message = reply.body, .where = {}};
  return {.message = fmt::format("the router refuses with status {}", reply.status), .where = {}};
}

Result<Json> request_json(const ApiOptions& options, const ApiCall& call) {
  const auto text = exchange_text(options, call);
  if (!text) return text.error();
  return parse_object(options, *text);
}

Result<Json> get_json(const ApiOptions& options, const std::string& path) {
  return request_json(options, {.method = "GET", .path = path});
}

ExitCode send_command(const ApiOptions& options, const std::string& path) {
  return print_answer(options.json, [&]() -> Result<Answer> {
    const auto said = exchange_text(options, {.method = "PUT", .path = path});
    if (!said) return said.error();
    return Answer{.json = {{"message", *said}}, .text = *said + "\n"};
  });
}

ExitCode show(const ApiOptions& options, const std::string& path) {
  return print_answer(options.json, [&]() -> Result<Answer> {
    const auto said = exchange_text(options, {.method = "GET", .path = path});
    if (!said) return said.error();
    if (!options.json) return Answer{.json = {}, .text = *said};
    auto content = parse_object(options, *said);
    if (!content) return content.error();
    return Answer{.json = *content, .text = {}};
  });
}

}  // namespace ricochet

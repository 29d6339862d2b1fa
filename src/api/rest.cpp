// SPDX-License-Identifier: Apache-2.0
#include "api/rest.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "api/parameters.h"
#include "api/rest_routes.h"

namespace ricochet {
namespace {

struct Routed {
  const RestRoute* route = nullptr;
  PathParameters path;
};

Problem method_not_allowed(const ApiRequest& request, std::vector<std::string_view> allowed) {
  if (std::ranges::find(allowed, "GET") != allowed.end()) allowed.emplace_back("HEAD");
  const std::string list = fmt::format("{}", fmt::join(allowed, ", "));
  return {.status = kMethodNotAllowed,
          .detail = fmt::format("{} takes {}, not {}", request.path, list, request.method),
          .allow = list};
}

// The first route of the table whose path matches is meant, with those of the same path.
std::variant<Routed, Problem> find_route(const ApiRequest& request) {
  const auto segments = split_target(request.target);
  if (!segments) return bad_request(segments.error());
  const std::string_view asked = request.method;
  const std::string_view method = asked == "HEAD" ? "GET" : asked;
  std::string_view path;
  std::vector<std::string_view> allowed;
  for (const RestRoute& route : rest_routes()) {
    if (!path.empty() && route.path != path) continue;
    auto found = match_path(route.path, *segments);
    if (!found) continue;
    if (route.method == method) return Routed{&route, *std::move(found)};
    path = route.path;
    allowed.push_back(route.method);
  }
  if (!allowed.empty()) return method_not_allowed(request, std::move(allowed));
  return Problem{
      .status = kNotFound,
      .detail = fmt::format("there is no {}: /v1/openapi.json says what there is", request.path)};
}

std::optional<Problem> check_headers(const RestRoute& route, const ApiRequest& request) {
  if (route.body == RequestBody::none) return std::nullopt;
  return check_body_headers(request, content_types(route.body));
}

Reply reply_to(Controller& controller, const DaemonFacts& daemon, const ApiRequest& request) {
  auto routed = find_route(request);
  if (const auto* problem = std::get_if<Problem>(&routed)) return *problem;
  auto& [route, path] = std::get<Routed>(routed);
  if (auto problem = check_headers(*route, request)) return *std::move(problem);
  if (auto known = check_names(request.parameters, route->parameters); !known) {
    return bad_request(known.error());
  }
  return route->handle({controller, daemon, request, std::move(path)});
}

uint64_t generation_of(const Controller& controller) {
  return controller.view().state->generation;
}

}  // namespace

bool is_rest(const ApiRequest& request) {
  return request.path == "/v1" || request.path.starts_with("/v1/");
}

std::optional<ApiResponse> handle_rest_headers(Controller& controller, const DaemonFacts& daemon,
                                               const ApiRequest& request) {
  const auto routed = find_route(request);
  const auto* found = std::get_if<Routed>(&routed);
  if (found != nullptr && found->route->body != RequestBody::none &&
      !check_headers(*found->route, request)) {
    return std::nullopt;
  }
  return handle_rest(controller, daemon, request);
}

ApiResponse handle_rest(Controller& controller, const DaemonFacts& daemon,
                        const ApiRequest& request) {
  const Reply reply = reply_to(controller, daemon, request);
  const bool needs_tag = std::holds_alternative<Problem>(reply);
  return to_response(reply, needs_tag ? generation_of(controller) : 0);
}

}  // namespace ricochet

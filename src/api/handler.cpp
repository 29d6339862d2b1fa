// SPDX-License-Identifier: Apache-2.0
#include "api/handler.h"

#include "api/listing.h"
#include "api/listing_json.h"
#include "api/listing_text.h"

namespace ricochet {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

int status_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return 200;
    case Outcome::Kind::refused:
      return 400;
    case Outcome::Kind::not_found:
      return 404;
    case Outcome::Kind::failed:
      return 500;
  }
  return 500;
}

ApiResponse respond(const Outcome& outcome) {
  return {.status = status_of(outcome.kind), .content_type = kText, .body = outcome.message};
}

// Carries out each kind of command.
struct Executor {
  Controller& controller;
  bool wants_json;

  ApiResponse operator()(const AddRoute& command) const {
    return respond(controller.add_route(command.route));
  }
  ApiResponse operator()(const DeleteRoute& command) const {
    return respond(controller.remove_route(command.route));
  }
  ApiResponse operator()(const Install&) const { return respond(controller.install()); }
  ApiResponse operator()(const Clear&) const { return respond(controller.clear()); }
  ApiResponse operator()(const AddNeighbour& command) const {
    return respond(controller.set_neighbour(command.address, command.neighbour));
  }
  ApiResponse operator()(const DeleteNeighbour& command) const {
    return respond(controller.remove_neighbour(command.address));
  }

  ApiResponse operator()(const GetTables& command) const {
    const Listing listing = make_listing(controller.snapshot());
    if (wants_json) return {.content_type = kJson, .body = to_json(listing, command.only)};
    return {.content_type = kText,
            .body = command.only ? to_text(listing, *command.only) : to_text(listing)};
  }

  ApiResponse operator()(const GetRoutes&) const {
    const Snapshot snapshot = controller.snapshot();
    if (wants_json) return {.content_type = kJson, .body = routes_to_json(snapshot)};
    return {.content_type = kText, .body = routes_to_text(snapshot)};
  }
};

}  // namespace

ApiResponse handle(Controller& controller, const ApiRequest& request) {
  const auto parsed = parse_request(request.method, request.path, request.parameters);
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) {
    return {.status = bad->status,
            .content_type = kText,
            .body = bad->message,
            .allow = bad->allowed_method};
  }
  const bool wants_json = request.accept.find(kJson) != std::string::npos;
  return std::visit(Executor{controller, wants_json}, std::get<Command>(parsed));
}

}  // namespace ricochet

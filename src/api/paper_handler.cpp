// SPDX-License-Identifier: Apache-2.0
#include "api/paper_handler.h"

#include "api/listing.h"
#include "api/listing_json.h"
#include "api/listing_text.h"
#include "api/paper_request.h"

namespace ricochet {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

int status_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return 200;
    case Outcome::Kind::refused:
    case Outcome::Kind::conflict:
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

// Changes the static neighbours; `message` is what is said when that is done.
ApiResponse change_neighbours(Controller& controller, const Edit& edit, std::string message) {
  Outcome outcome = controller.change(edit, {.cause = "neighbours"}).outcome;
  if (outcome.ok()) outcome.message = std::move(message);
  return respond(outcome);
}

ApiResponse add_neighbour(Controller& controller, const AddNeighbour& command) {
  const std::vector<PortStatus> ports = controller.view().ports;
  if (command.port >= ports.size()) {
    return respond(refused(fmt::format("There is no port {}: --ports names {}, counted from 0",
                                       command.port, ports.size())));
  }
  const std::string& interface = ports[command.port].name;
  return change_neighbours(
      controller,
      [&](Configuration& configuration) {
        configuration.neighbours[command.address] = {.interface = interface, .mac = command.mac};
        return done("");
      },
      fmt::format("Neighbour: {} at port {} ({}) with {} added", command.address.to_string(),
                  command.port, interface, command.mac.to_string()));
}

ApiResponse delete_neighbour(Controller& controller, const DeleteNeighbour& command) {
  const std::string name = command.address.to_string();
  return change_neighbours(
      controller,
      [&](Configuration& configuration) {
        if (configuration.neighbours.erase(command.address) == 1) return done("");
        return not_found(fmt::format("Neighbour: {} is not known", name));
      },
      fmt::format("Neighbour: {} deleted", name));
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
    return add_neighbour(controller, command);
  }
  ApiResponse operator()(const DeleteNeighbour& command) const {
    return delete_neighbour(controller, command);
  }

  ApiResponse operator()(const GetTables& command) const {
    const Listing listing = make_listing(controller.view());
    if (wants_json) return {.content_type = kJson, .body = to_json(listing, command.only)};
    return {.content_type = kText,
            .body = command.only ? to_text(listing, *command.only) : to_text(listing)};
  }

  ApiResponse operator()(const GetRoutes&) const {
    const View view = controller.view();
    if (wants_json) return {.content_type = kJson, .body = routes_to_json(view)};
    return {.content_type = kText, .body = routes_to_text(view)};
  }
};

}  // namespace

ApiResponse handle_paper(Controller& controller, const ApiRequest& request) {
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

// SPDX-License-Identifier: Apache-2.0
//
// Requests to the controller: each is a command that can be asked for again, or refused with a
// reason.
//
// Input: "METHOD PATH", then a line "name=value" for each parameter.
#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>

#include "api/paper_request.h"
#include "model/limits.h"
#include "require.h"

using namespace ricochet;
using fuzz::require;

namespace {

Parameters read_parameters(std::istream& lines) {
  Parameters parameters;
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = std::min(line.find('='), line.size());
    parameters.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  return parameters;
}

void check_refusal(const BadRequest& refusal) {
  require(refusal.status == 400 || refusal.status == 404 || refusal.status == 405, "a 4xx status");
  require(!refusal.message.empty(), "a reason");
  require((refusal.status == 405) == !refusal.allowed_method.empty(), "405 says what is allowed");
}

std::string service_path(const Route& route) {
  return "/" + route.service.prefix.to_string() + "/" + name_of(route.nexthop);
}

void check_route(const std::string& verb, const Route& route) {
  const bool any_port = route.service.port == 0;
  require(any_port == (route.service.protocol == Protocol::any), "port and protocol together");
  require(route.weight >= 1 && route.weight <= kWeightMax, "weight in range");

  Parameters parameters;
  if (!any_port) {
    parameters.emplace("port", std::to_string(route.service.port));
    parameters.emplace("protocol", to_string(route.service.protocol));
  }
  if (verb == "/add") parameters.emplace("weight", std::to_string(route.weight));
  const auto again = parse_request("PUT", verb + service_path(route), parameters);
  const auto* command = std::get_if<Command>(&again);
  require(command != nullptr, "a route can be asked for again");
  const auto* add = std::get_if<AddRoute>(command);
  const auto* del = std::get_if<DeleteRoute>(command);
  const Route& same = add ? add->route : del->route;
  require(same.service == route.service && same.nexthop == route.nexthop, "it is the same route");
}

void check_neighbour(const AddNeighbour& add) {
  const auto again = parse_request("PUT",
                                   "/neigh/add/" + add.address.to_string() + "/" +
                                       std::to_string(add.port) + "/" + add.mac.to_string(),
                                   {});
  const auto* command = std::get_if<Command>(&again);
  require(command != nullptr, "a neighbour can be given again");
  const auto& same = std::get<AddNeighbour>(*command);
  require(same.address == add.address && same.port == add.port && same.mac == add.mac,
          "the same neighbour");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::string request;
  std::getline(lines, request);
  const size_t space = std::min(request.find(' '), request.size());
  const std::string method = request.substr(0, space);
  const std::string path = request.substr(std::min(space + 1, request.size()));

  const auto parsed = parse_request(method, path, read_parameters(lines));
  if (const auto* refusal = std::get_if<BadRequest>(&parsed)) {
    check_refusal(*refusal);
    return 0;
  }
  const Command& command = std::get<Command>(parsed);
  if (const auto* add = std::get_if<AddRoute>(&command)) check_route("/add", add->route);
  if (const auto* del = std::get_if<DeleteRoute>(&command)) check_route("/del", del->route);
  if (const auto* add = std::get_if<AddNeighbour>(&command)) check_neighbour(*add);
  return 0;
}

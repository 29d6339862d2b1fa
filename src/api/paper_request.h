// SPDX-License-Identifier: Apache-2.0
//
// From an HTTP request to a command. The routes are those of the ECMP-ER paper's controller, with
// what Ricochet adds: services by port, weights, and GET /routes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/message.h"
#include "control/route_queue.h"

namespace ricochet {

enum class TableName { ipv4_lpm, cur_nh, prv_nh, neigh };

struct AddRoute {
  Route route;
};
struct DeleteRoute {
  Route route;
};
struct Install {};
struct Clear {};
struct AddNeighbour {
  Address address;
  uint32_t port = 0;  // index of one of the router's ports
  MacAddress mac;
};
struct DeleteNeighbour {
  Address address;
};
struct GetTables {
  std::optional<TableName> only;  // none: all of them
};
struct GetRoutes {};

using Command = std::variant<AddRoute, DeleteRoute, Install, Clear, AddNeighbour, DeleteNeighbour,
                             GetTables, GetRoutes>;

// Why a request is no command. status is an HTTP status of the 400s.
struct BadRequest {
  int status = 400;
  std::string message;
  std::string allowed_method = {};  // for the header Allow, with status 405
};

// path and parameters are percent-decoded. method is as it stands in the request line; HEAD is
// taken as GET.
std::variant<Command, BadRequest> parse_request(std::string_view method, std::string_view path,
                                                const Parameters& parameters);

}  // namespace ricochet

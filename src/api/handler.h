// SPDX-License-Identifier: Apache-2.0
//
// What the HTTP server answers, without the server.
#pragma once

#include <string>

#include "api/paper_request.h"
#include "control/controller.h"

namespace ricochet {

struct ApiRequest {
  std::string method;
  std::string path;  // percent-decoded
  Parameters parameters;
  std::string accept;  // the header, empty if it is not there
};

struct ApiResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow = {};  // the header; empty: none
};

// Carries the request out. 200 done; 400, 404, 405 nothing changed and the body says why; 500 the
// machine failed and the body says what holds now.
ApiResponse handle(Controller& controller, const ApiRequest& request);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What the HTTP server answers, without the server: the REST API under /v1, and beside it the
// routes of the ECMP-ER paper's controller.
#pragma once

#include <optional>

#include "api/rest_call.h"

namespace ricochet {

// The answer, if the request can be answered before its body is read. Called with the headers.
std::optional<ApiResponse> answer_headers(Controller& controller, const DaemonFacts& daemon,
                                          const ApiRequest& request);

// The answer to a request with its body.
ApiResponse answer(Controller& controller, const DaemonFacts& daemon, const ApiRequest& request);

}  // namespace ricochet

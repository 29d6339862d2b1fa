// SPDX-License-Identifier: Apache-2.0
//
// The REST API: requests under /v1.
#pragma once

#include "api/rest_call.h"

namespace ricochet {

bool is_rest(const ApiRequest& request);

// The answer to the headers of a request; nothing if its body must be read first. Requests that
// take no body are answered without reading one.
std::optional<ApiResponse> handle_rest_headers(Controller& controller, const DaemonFacts& daemon,
                                               const ApiRequest& request);

ApiResponse handle_rest(Controller& controller, const DaemonFacts& daemon,
                        const ApiRequest& request);

}  // namespace ricochet

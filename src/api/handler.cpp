// SPDX-License-Identifier: Apache-2.0
#include "api/handler.h"

#include "api/paper_handler.h"
#include "api/rest.h"

namespace ricochet {

std::optional<ApiResponse> answer_headers(Controller& controller, const DaemonFacts& daemon,
                                          const ApiRequest& request) {
  if (is_rest(request)) return handle_rest_headers(controller, daemon, request);
  return handle_paper(controller, request);
}

ApiResponse answer(Controller& controller, const DaemonFacts& daemon, const ApiRequest& request) {
  if (is_rest(request)) return handle_rest(controller, daemon, request);
  return handle_paper(controller, request);
}

}  // namespace ricochet

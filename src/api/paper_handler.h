// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/message.h"
#include "control/controller.h"

namespace ricochet {

// Carries out a request to the routes of the ECMP-ER paper's controller. 200 done; 400, 404, 405
// nothing changed and the body says why; 500 the machine failed and the body says what holds now.
ApiResponse handle_paper(Controller& controller, const ApiRequest& request);

}  // namespace ricochet

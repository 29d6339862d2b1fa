// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/rest_call.h"

namespace ricochet {

// Shows what a packet would meet in the live tables.
Reply get_trace(const RestCall& call);

}  // namespace ricochet

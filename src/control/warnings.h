// SPDX-License-Identifier: Apache-2.0
//
// What people should know of a change before it is made: which connections it breaks, and which
// backends it leaves out. Pure.
#pragma once

#include <string>
#include <vector>

#include "generation/router_state.h"

namespace ricochet {

// `step` is what `generation` makes of `before`. A sentence each.
std::vector<std::string> warnings_of(const RouterState& before, const Generation& generation,
                                     const Step& step);

}  // namespace ricochet

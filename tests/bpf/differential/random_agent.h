// SPDX-License-Identifier: Apache-2.0
// Frames for an agent, most of them near one of its sockets.
#pragma once

#include "agent_model.h"
#include "frame_fields.h"
#include "random.h"

namespace ricochet::test {

Bytes random_agent_frame(Random& random, const reference::AgentState& state);

}  // namespace ricochet::test

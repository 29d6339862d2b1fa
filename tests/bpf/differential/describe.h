// SPDX-License-Identifier: Apache-2.0
// A case in words, for the message that reports it.
#pragma once

#include <string>

#include "agent_model.h"
#include "random_router.h"

namespace ricochet::test {

// One line of what the model reads in it, then the bytes.
std::string describe_frame(const Bytes& frame);
std::string describe(const reference::RouterTables& tables);
std::string describe(const reference::AgentState& state);

}  // namespace ricochet::test

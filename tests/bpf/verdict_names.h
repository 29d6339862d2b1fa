// SPDX-License-Identifier: Apache-2.0
// Names of verdicts and events, by their number.
#pragma once

#include <array>

#include "abi/ricochet.h"

namespace ricochet::test {

inline constexpr std::array kRouterCounterNames = {
#define X(constant, name, meaning) name,
    RCH_ROUTER_VERDICTS(X) RCH_ROUTER_EVENTS(X)
#undef X
};

inline constexpr std::array kAgentCounterNames = {
#define X(constant, name, meaning) name,
    RCH_AGENT_VERDICTS(X) RCH_AGENT_EVENTS(X)
#undef X
};

inline constexpr size_t kRouterVerdicts = RCH_ROUTER_MARK_CLEARED;
inline constexpr size_t kAgentVerdicts = RCH_AGENT_BOUNCE_UNFIT;

static_assert(kRouterCounterNames.size() == RCH_ROUTER_COUNTERS);
static_assert(kAgentCounterNames.size() == RCH_AGENT_COUNTERS);

}  // namespace ricochet::test

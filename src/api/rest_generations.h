// SPDX-License-Identifier: Apache-2.0
//
// Handlers that show the log of generations.
#pragma once

#include "api/rest_call.h"

namespace ricochet {

inline constexpr uint64_t kGenerationsShown = 50;  // without ?limit
inline constexpr uint64_t kGenerationsShownMax = 10'000;

Reply get_generations(const RestCall& call);
Reply get_generation(const RestCall& call);
Reply get_difference(const RestCall& call);

}  // namespace ricochet

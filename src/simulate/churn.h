// SPDX-License-Identifier: Apache-2.0
//
// How the servers of a fleet come and go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulate/fleet.h"
#include "util/result.h"

namespace ricochet {

// flap: one server in a hundred fails its health check again and again, and keeps its connections.
// rolling: every server is drained, restarted and brought back, one in fifty at a time.
// scale: four fifths of the servers are there at first; the others come, one in a hundred at a
//   time, and go as they came, drained first.
// correlated: one server in twenty-five, a rack, dies at once; it comes back in quarters. Then
//   another one.
enum class ChurnModel { flap, rolling, scale, correlated };

inline constexpr double kSimulatedTimeS = 1800;

// The first change, at 0, is the fleet as it begins. At least ten backends.
std::vector<FleetChange> make_churn(ChurnModel model, size_t backends, uint64_t seed);

std::vector<std::string> churn_names();
std::string to_string(ChurnModel model);
Result<ChurnModel> parse_churn(std::string_view text);

}  // namespace ricochet

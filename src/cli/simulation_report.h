// SPDX-License-Identifier: Apache-2.0
//
// The figures of a simulation, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "simulate/simulation.h"

namespace ricochet {

struct ChurnReport {
  std::string churn;
  size_t changes = 0;  // of the fleet
  std::vector<SchemeResult> results;
};

// A table for each churn.
std::string simulation_text(const std::vector<ChurnReport>& reports);

// A line for each churn and scheme, after one with the names of the columns.
std::string simulation_csv(const std::vector<ChurnReport>& reports);

// An array of the same.
nlohmann::ordered_json simulation_json(const std::vector<ChurnReport>& reports);

// Name and meaning of every scheme, a line each.
std::string describe_schemes();

}  // namespace ricochet

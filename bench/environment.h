// SPDX-License-Identifier: Apache-2.0
//
// Where and when a figure was measured, for the head of a report.
#pragma once

#include <string>

namespace ricochet::bench {

std::string describe_machine();  // "AMD EPYC, 2 cores"
std::string kernel_release();
std::string now_utc();  // "2026-11-25T22:00:00Z"

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/run.h"

namespace ricochet {

struct RunResult {
  int exit_status;
  std::string output;
  std::string errors;
};

// The program with these arguments, in this process.
inline RunResult run_program(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"ricochet"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit_status = run(static_cast<int>(argv.size()), argv.data());
  std::string output = ::testing::internal::GetCapturedStdout();
  return {exit_status, std::move(output), ::testing::internal::GetCapturedStderr()};
}

}  // namespace ricochet

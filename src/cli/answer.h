// SPDX-License-Identifier: Apache-2.0
//
// What a subcommand has to say, and how it is printed.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/subcommands.h"
#include "util/result.h"

namespace ricochet {

// The same for programs and for people.
struct Answer {
  nlohmann::ordered_json json;  // an object; "ok" is added when it is printed
  std::string text;             // lines, each with its end
};

// Runs `action` and prints its answer to standard output: the text, or with `json` one line
// {"ok":true,...}. An error goes to standard error, or as {"ok":false,"message":...} to standard
// output. JSON of a router that has not the expected shape is such an error.
ExitCode print_answer(bool json, const std::function<Result<Answer>()>& action);

// Likewise an error that was found before.
ExitCode print_error(bool json, const Error& error);

}  // namespace ricochet

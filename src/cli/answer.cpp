// SPDX-License-Identifier: Apache-2.0
#include "cli/answer.h"

#include <iostream>

#include "cli/json_line.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

Result<Answer> run_guarded(const std::function<Result<Answer>()>& action) {
  try {
    return action();
  } catch (const Json::exception& surprise) {
    return error(
        "the router's answer is not what this program expects ({}): is it of another version, or "
        "another server?",
        surprise.what());
  }
}

}  // namespace

ExitCode print_error(bool json, const Error& error) {
  if (json) {
    std::cout << json_line({{"ok", false}, {"message", error.message}});
  } else {
    std::cerr << "ricochet: " << error.message << '\n';
  }
  return ExitCode::refused;
}

ExitCode print_answer(bool json, const std::function<Result<Answer>()>& action) {
  const auto answer = run_guarded(action);
  if (!answer) return print_error(json, answer.error());
  if (json) {
    Json line = {{"ok", true}};
    line.update(answer->json);
    std::cout << json_line(line);
  } else {
    std::cout << answer->text;
  }
  return ExitCode::done;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet completion bash`, and `ricochet complete`, which the script calls for every word.
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/completion.h"
#include "dataplane/explanations.h"

namespace ricochet {
namespace {

constexpr int kAskTimeoutS = 1;  // nobody waits longer for a completion

// The words are taken from the line, since bash splits COMP_WORDS at colons, which services have.
// Of a candidate, readline inserts only what follows the last colon or equals sign.
constexpr const char* kBashScript =
    R"(# bash completion of ricochet; use it with: source <(ricochet completion bash)
_ricochet() {
  local line=${COMP_LINE:0:COMP_POINT} word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]}
  mapfile -t COMPREPLY < <("$1" complete -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*[:=]}"}"}")
}
complete -o default -F _ricochet ricochet
)";

std::vector<std::string> keys_of(const ApiOptions& options, const std::string& path) {
  std::vector<std::string> keys;
  const auto things =
      request_json(options, {.method = "GET", .path = path, .timeout_s = kAskTimeoutS});
  if (!things || !things->is_object()) return keys;
  for (const auto& thing : things->items()) keys.push_back(thing.key());
  return keys;
}

std::vector<std::string> names_of(const std::string& kind, const std::string& pool,
                                  const ApiOptions& options) {
  if (kind == kPoolArgument) return keys_of(options, "/v1/pools");
  if (kind == kServiceArgument) return keys_of(options, "/v1/services");
  if (kind == kBackendArgument) return keys_of(options, "/v1/pools/" + pool + "/backends");
  if (kind == kVerdictArgument) {
    const auto explained = explained_names();
    return {explained.begin(), explained.end()};
  }
  if (kind != kInterfaceArgument) return {};
  const auto router =
      request_json(options, {.method = "GET", .path = "/v1/router", .timeout_s = kAskTimeoutS});
  return router ? router->value("ports", std::vector<std::string>()) : std::vector<std::string>();
}

void register_complete(CLI::App& app) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("complete", "What the last word can be, a line each");
  command->group("");  // for the script only
  command->add_option("WORDS", *words, "What follows `ricochet` on the command line");
  command->callback([&app, words] {
    for (const std::string& word : complete(app, *words, names_of)) std::cout << word << '\n';
  });
}

}  // namespace

void register_completion(CLI::App& app) {
  CLI::App* completion = app.add_subcommand("completion", "Complete words in a shell");
  completion->require_subcommand(1);
  CLI::App* bash = completion->add_subcommand("bash", "Print the script for bash");
  bash->footer(
      "Pools, backends, services and ports are asked of the router that runs.\n"
      "Example: ricochet completion bash > /etc/bash_completion.d/ricochet");
  bash->callback([] { std::cout << kBashScript; });
  register_complete(app);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet explain`: what a verdict or event means and what to do about it. Asks nobody.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "config/nearest_word.h"
#include "dataplane/explanations.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLineCharacters = 80;

// The sentences in lines that fit a terminal.
std::string wrap(std::string_view text) {
  std::string wrapped;
  size_t used = 0;
  for (const std::string& word : CLI::detail::split(std::string(text), ' ')) {
    if (used != 0) {
      const bool full = used + 1 + word.size() > kLineCharacters;
      wrapped += full ? '\n' : ' ';
      used = full ? 0 : used + 1;
    }
    wrapped += word;
    used += word.size();
  }
  return wrapped + "\n";
}

Result<Answer> explain_name(const std::string& name) {
  const auto explanation = explain(name);
  if (!explanation) {
    const auto names = explained_names();
    const auto nearest = nearest_word(name, names);
    if (nearest)
      return error("there is no verdict or event '{}': did you mean {}?", name, *nearest);
    return error("there is no verdict or event '{}': these are {}", name, fmt::join(names, ", "));
  }
  Json json = {{"name", name}, {"meanings", Json::array()}};
  std::string text;
  for (const Meaning& meaning : explanation->meanings) {
    json["meanings"].push_back(
        {{"program", meaning.program}, {"kind", meaning.kind}, {"text", meaning.text}});
    text +=
        fmt::format("{}, {} of the {}: {}\n", name, meaning.kind, meaning.program, meaning.text);
  }
  json["why"] = explanation->why;
  json["advice"] = explanation->advice;
  text += "\n" + wrap(explanation->why) + "\n" + wrap(explanation->advice);
  return Answer{.json = std::move(json), .text = std::move(text)};
}

}  // namespace

void register_explain(CLI::App& app, ExitCode& exit_code) {
  struct Arguments {
    std::string name;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "explain", "Say what a verdict or event means, why it happens and what to do");
  command->add_option(kVerdictArgument, arguments->name, "As `ricochet status` and `trace` show it")
      ->required()
      ->type_name("");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer("Example: ricochet explain drop_no_neighbour");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->json, [&] { return explain_name(arguments->name); });
  });
}

}  // namespace ricochet

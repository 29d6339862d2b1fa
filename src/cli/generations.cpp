// SPDX-License-Identifier: Apache-2.0
//
// `ricochet generations`: what was changed when.
#include <fmt/format.h>

#include <memory>

#include "cli/change.h"
#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t kLimitDefault = 50;

// "2026-11-25T20:18:32.123Z" without what people do not need.
std::string format_time(const std::string& time) {
  constexpr size_t kDateCharacters = 10;
  constexpr size_t kSecondsCharacters = 19;
  if (time.size() < kSecondsCharacters) return time;
  return time.substr(0, kDateCharacters) + " " +
         time.substr(kDateCharacters + 1, kSecondsCharacters - kDateCharacters - 1);
}

// One line for each change of a generation; what is of the whole stands in the first.
void add_rows(Table& table, const Json& generation) {
  std::vector<Cell> changes;
  for (const auto& line : generation.at("difference"))
    changes.emplace_back(line.get<std::string>());
  for (const auto& backend : generation.at("unreachable")) {
    changes.emplace_back("unreachable: " + backend.get<std::string>(), Colour::yellow);
  }
  if (changes.empty()) changes.emplace_back("every backend is reachable");
  const Json& cost = generation.at("cost");
  table.add({generation.at("number").get<uint64_t>(),
             format_time(generation.at("time").get<std::string>()),
             cost.at("buckets_moved").get<uint64_t>(), cost.at("owners_evicted").get<uint64_t>(),
             generation.at("cause").get<std::string>(), changes.front()});
  for (size_t i = 1; i < changes.size(); ++i) table.add({"", "", "", "", "", changes[i]});
}

Result<Answer> log_generations(const ApiOptions& options, uint32_t limit) {
  const auto generations = get_json(options, fmt::format("/v1/generations?limit={}", limit));
  if (!generations) return generations.error();
  Table table({{"GENERATION", true},
               {"TIME (UTC)"},
               {"MOVED", true},
               {"EVICTED", true},
               {"CAUSE"},
               {"CHANGE"}});
  for (const auto& generation : *generations) add_rows(table, generation);
  return Answer{.json = {{"generations", *generations}},
                .text = table.empty() ? "no generations\n" : table.to_string()};
}

Result<Answer> diff_generations(const ApiOptions& options, uint64_t from, uint64_t to) {
  const auto diff = get_json(options, fmt::format("/v1/generations/diff?from={}&to={}", from, to));
  if (!diff) return diff.error();
  const Json& lines = diff->at("difference");
  return Answer{.json = *diff, .text = lines.empty() ? "no difference\n" : paint_difference(lines)};
}

void register_log(CLI::App& generations, ExitCode& exit_code) {
  struct Arguments {
    ApiOptions api;
    uint32_t limit = kLimitDefault;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = generations.add_subcommand("log", "Show the last generations, newest first");
  command->add_option("--limit", arguments->limit, "How many generations, at most")
      ->type_name("N")
      ->check(CLI::Range(uint32_t{1}, UINT32_MAX).description(""))
      ->capture_default_str();
  add_api_options(*command, arguments->api);
  command->footer(
      "MOVED: buckets that got another owner. EVICTED: owners that buckets forgot.\n"
      "Example: ricochet generations log --limit 10");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->api.json,
                             [&] { return log_generations(arguments->api, arguments->limit); });
  });
}

void register_diff(CLI::App& generations, ExitCode& exit_code) {
  struct Arguments {
    ApiOptions api;
    uint64_t from = 0;
    uint64_t to = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      generations.add_subcommand("diff", "Show what is different between two generations");
  command->add_option("FROM", arguments->from, "Number of a generation")->required()->type_name("");
  command->add_option("TO", arguments->to, "Number of another, earlier or later")
      ->required()
      ->type_name("");
  add_api_options(*command, arguments->api);
  command->footer(
      "+ only in TO, - only in FROM, ~ in both and different.\n"
      "Example: ricochet generations diff 3 8");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->api.json, [&] {
      return diff_generations(arguments->api, arguments->from, arguments->to);
    });
  });
}

}  // namespace

void register_generations(CLI::App& app, ExitCode& exit_code) {
  CLI::App* generations = app.add_subcommand("generations", "What was changed when");
  generations->require_subcommand(1);
  register_log(*generations, exit_code);
  register_diff(*generations, exit_code);
}

}  // namespace ricochet

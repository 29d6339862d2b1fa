// SPDX-License-Identifier: Apache-2.0
#include "cli/change.h"

#include <fmt/format.h>

#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

Colour colour_of(const std::string& line) {
  if (line.starts_with('+')) return Colour::green;
  if (line.starts_with('-')) return Colour::red;
  return Colour::yellow;
}

std::string describe_cost(const Json& cost) {
  return fmt::format("{} buckets moved, {} owners evicted",
                     cost.at("buckets_moved").get<uint64_t>(),
                     cost.at("owners_evicted").get<uint64_t>());
}

// What a single pool pays is the whole, which is said already.
std::string describe_pools(const Json& pools) {
  if (pools.size() < 2) return {};
  Table table({{"POOL"}, {"BUCKETS MOVED", true}, {"OWNERS EVICTED", true}});
  for (const auto& [name, cost] : pools.items()) {
    table.add({name, cost.at("buckets_moved").get<uint64_t>(),
               cost.at("owners_evicted").get<uint64_t>()});
  }
  return table.to_string();
}

std::string headline(const Json& outcome) {
  const auto generation = outcome.at("generation").get<uint64_t>();
  if (!outcome.at("changed").get<bool>()) {
    return fmt::format("Nothing to change in generation {}\n", generation);
  }
  const bool dry_run = outcome.at("dry_run").get<bool>();
  return fmt::format("{} {}: {}\n",
                     dry_run ? "Nothing is changed; it would be generation" : "Generation",
                     generation, describe_cost(outcome.at("cost")));
}

}  // namespace

void add_change_options(CLI::App& app, ChangeArguments& options, const char* state_option) {
  app.add_flag("--dry-run", options.dry_run,
               "Change nothing; say what would change and how many buckets it would move");
  app.add_option("--if-generation", options.if_generation,
                 "Only if this is the router's generation still (default: whatever it is)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""));
  add_api_options(app, options.api, state_option);
}

ApiCall with_options(const ChangeArguments& options, ApiCall call) {
  if (options.dry_run) call.path += "?dry_run=true";
  if (options.if_generation) {
    call.headers.emplace_back("If-Match", fmt::format("\"{}\"", *options.if_generation));
  }
  return call;
}

ApiCall put_new(const std::string& path, Json body) {
  return {
      .method = "PUT", .path = path, .body = std::move(body), .headers = {{"If-None-Match", "*"}}};
}

std::string paint_difference(const Json& lines) {
  std::string text;
  for (const auto& line : lines) {
    const auto words = line.get<std::string>();
    text += paint(colour_of(words), words) + "\n";
  }
  return text;
}

Answer describe_change(const Json& outcome) {
  std::string text = paint_difference(outcome.at("difference")) + headline(outcome) +
                     describe_pools(outcome.at("pools"));
  for (const auto& warning : outcome.at("warnings")) {
    text += paint(Colour::yellow, "warning: " + warning.get<std::string>()) + "\n";
  }
  return {.json = outcome, .text = std::move(text)};
}

Result<Answer> change(const ChangeArguments& options, const ApiCall& call) {
  const auto outcome = request_json(options.api, with_options(options, call));
  if (!outcome) return outcome.error();
  return describe_change(*outcome);
}

ExitCode send_change(const ChangeArguments& options, const ApiCall& call) {
  return print_answer(options.api.json, [&] { return change(options, call); });
}

}  // namespace ricochet

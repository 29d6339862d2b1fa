// SPDX-License-Identifier: Apache-2.0
//
// `ricochet apply`: makes the running router as a file says, in one generation.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/change.h"
#include "config/configuration_json.h"
#include "config/file.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct ApplyArguments {
  ChangeArguments change;
  std::string file;
};

// The router section is read at the start only, so a value that differs is not for `apply`.
Result<void> check_router_section(const ConfigurationFile& file, const Json& running) {
  std::vector<std::string> lines;
  const Json section = to_json(file.router);
  for (const auto& [key, value] : section.items()) {
    const Json now = running.value(key, Json());
    if (now == value) continue;
    lines.push_back(located(
        file, {.where = {"router", key},
               .message = fmt::format("router.{} is {} here and {} in the running router: that "
                                      "needs a restart with --config",
                                      key, value.dump(), now.dump())}));
  }
  if (lines.empty()) return {};
  return error("{}", fmt::join(lines, "\n"));
}

Result<Answer> apply_file(const ApplyArguments& arguments) {
  const ApiOptions& api = arguments.change.api;
  const auto file = read_configuration_file(arguments.file);
  if (!file) return file.error();
  const auto running = get_json(api, "/v1/router");
  if (!running) return running.error();
  if (const auto same = check_router_section(*file, *running); !same) return same.error();

  const auto reply =
      exchange(api, with_options(arguments.change, {.method = "PUT",
                                                    .path = "/v1/configuration",
                                                    .body = to_json(file->configuration)}));
  if (!reply) return reply.error();
  if (reply->ok()) return describe_change(Json::parse(reply->body));
  const Refusal refusal = refusal_of(*reply);
  if (refusal.where.empty()) return Error{refusal.message};
  return Error{located(*file, {.where = refusal.where, .message = refusal.message})};
}

}  // namespace

void register_apply(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<ApplyArguments>();
  CLI::App* command = app.add_subcommand(
      "apply", "Make services, pools and neighbours as a file says, all of them or none");
  command->add_option("FILE", arguments->file, "Configuration in YAML, as in docs/configuration.md")
      ->required()
      ->type_name("");
  add_change_options(*command, arguments->change);
  command->footer(
      "What the file does not have is removed from the router. Its router section must be as the\n"
      "router runs, or left out.\n"
      "Example: ricochet apply /etc/ricochet/router.yaml --dry-run");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->change.api.json, [&] { return apply_file(*arguments); });
  });
}

}  // namespace ricochet

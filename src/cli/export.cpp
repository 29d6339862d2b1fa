// SPDX-License-Identifier: Apache-2.0
//
// `ricochet export`: the running router as a file that `apply` and `router --config` read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "cli/answer.h"
#include "cli/api_client.h"
#include "config/configuration_json.h"
#include "config/file.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct ExportArguments {
  ApiOptions api;
  std::string file;  // empty: standard output
};

Error not_understood(const Invalid& invalid) {
  return error("the router has what this program does not know, is it of another version? {}: {}",
               fmt::join(invalid.where, "."), invalid.message);
}

Result<std::string> export_yaml(const ApiOptions& options) {
  auto router = get_json(options, "/v1/router");
  if (!router) return router.error();
  const auto configuration = get_json(options, "/v1/configuration");
  if (!configuration) return configuration.error();
  router->erase("version");  // of the program, not a setting
  const auto section = decode_router_section(*router, {"router"});
  if (!section) return not_understood(section.invalid());
  const auto decoded = decode_configuration(*configuration);
  if (!decoded) return not_understood(decoded.invalid());
  return to_yaml({.router = *section, .configuration = *decoded, .name = {}, .lines = {}});
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (file << text && file.flush()) return {};
  return error("cannot write {}: {}", path, std::strerror(errno));
}

Result<Answer> export_configuration(const ExportArguments& arguments) {
  const auto yaml = export_yaml(arguments.api);
  if (!yaml) return yaml.error();
  if (arguments.file.empty()) return Answer{.json = {{"yaml", *yaml}}, .text = *yaml};
  if (const auto written = write_file(arguments.file, *yaml); !written) return written.error();
  return Answer{.json = {{"file", arguments.file}}, .text = {}};
}

}  // namespace

void register_export(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write the router's configuration as a file in YAML");
  command->add_option("-o,--output", arguments->file, "Write there (default: to standard output)")
      ->type_name("FILE");
  add_api_options(*command, arguments->api);
  command->footer(
      "`ricochet apply` of the file changes nothing. Learned neighbours are not in it.\n"
      "Example: ricochet export -o /etc/ricochet/router.yaml");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->api.json, [&] { return export_configuration(*arguments); });
  });
}

}  // namespace ricochet

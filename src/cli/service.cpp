// SPDX-License-Identifier: Apache-2.0
//
// `ricochet service`: what clients connect to.
#include <fmt/format.h>

#include <memory>

#include "cli/arguments.h"
#include "cli/change.h"
#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct ServiceArguments {
  ChangeArguments change;
  std::string name;
  std::optional<std::string> pool;
  std::optional<std::string> affinity;
  std::optional<bool> keep_flows;
  std::optional<bool> quic;
};

std::string path_of(const std::string& name) {
  return "/v1/services/" + name;
}

CLI::Option* add_settings(CLI::App& command, ServiceArguments& arguments) {
  command
      .add_option(
          "--affinity", arguments.affinity,
          "What places a flow: flow (all of it), source-ports (the client's address and the "
          "ports), source (the client's address), source-prefix; default of a new service: "
          "flow")
      ->check(CLI::IsMember({"flow", "source-ports", "source", "source-prefix"}));
  command
      .add_option("--keep-flows", arguments.keep_flows,
                  "true: a flow of UDP stays with the server where it began")
      ->check(CLI::IsMember({"true", "false"}));
  command
      .add_option("--quic", arguments.quic,
                  "true: a QUIC connection ID names the server, by its quic_id")
      ->check(CLI::IsMember({"true", "false"}));
  return command.add_option("--pool", arguments.pool, "The pool that its packets go to")
      ->type_name(kPoolArgument)
      ->check(pool_name());
}

Json given_settings(const ServiceArguments& arguments) {
  Json settings = Json::object();
  if (arguments.pool) settings["pool"] = *arguments.pool;
  if (arguments.affinity) settings["affinity"] = *arguments.affinity;
  if (arguments.keep_flows) settings["keep_flows"] = *arguments.keep_flows;
  if (arguments.quic) settings["quic"] = *arguments.quic;
  return settings;
}

// "keep_flows, quic"; most have none.
std::string options_of(const Json& service) {
  std::string text;
  for (const char* name : {"keep_flows", "quic"}) {
    if (!service.at(name).get<bool>()) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

Table service_table() {
  return Table({{"SERVICE"}, {"POOL"}, {"AFFINITY"}, {"OPTIONS"}});
}

void add_row(Table& table, const std::string& name, const Json& service) {
  table.add({name, service.at("pool").get<std::string>(), service.at("affinity").get<std::string>(),
             options_of(service)});
}

Result<Answer> list_services(const ApiOptions& options) {
  const auto services = get_json(options, "/v1/services");
  if (!services) return services.error();
  Table table = service_table();
  for (const auto& [name, service] : services->items()) add_row(table, name, service);
  return Answer{.json = {{"services", *services}},
                .text = table.empty() ? "no services\n" : table.to_string()};
}

Result<Answer> show_service(const ServiceArguments& arguments) {
  const auto service = get_json(arguments.change.api, path_of(arguments.name));
  if (!service) return service.error();
  Table table = service_table();
  add_row(table, arguments.name, *service);
  return Answer{.json = {{"name", arguments.name}, {"service", *service}},
                .text = table.to_string()};
}

void register_add(CLI::App& service, ExitCode& exit_code) {
  auto arguments = std::make_shared<ServiceArguments>();
  CLI::App* command = service.add_subcommand("add", "Balance an address over a pool");
  add_service_argument(*command, arguments->name);
  add_settings(*command, *arguments)->required();
  add_change_options(*command, arguments->change);
  command->footer(
      "Examples:\n"
      "  ricochet service add 10.0.10.0:80/tcp --pool web\n"
      "  ricochet service add 10.0.10.0:8000-8010/udp --pool media --keep-flows true\n"
      "  ricochet service add 10.0.1.0/24 --pool clients");
  command->callback([arguments, &exit_code] {
    exit_code = send_change(arguments->change,
                            put_new(path_of(arguments->name), given_settings(*arguments)));
  });
}

void register_set(CLI::App& service, ExitCode& exit_code) {
  auto arguments = std::make_shared<ServiceArguments>();
  CLI::App* command = service.add_subcommand("set", "Change what a service does with its packets");
  add_service_argument(*command, arguments->name);
  add_settings(*command, *arguments);
  add_change_options(*command, arguments->change);
  command->footer(
      "What is not given stays.\n"
      "Example: ricochet service set 10.0.10.0:80/tcp --pool web2");
  command->callback([arguments, &exit_code] {
    const Json settings = given_settings(*arguments);
    if (settings.empty()) {
      throw CLI::RequiredError("What to set (--pool, --affinity, --keep-flows, --quic)");
    }
    exit_code = send_change(
        arguments->change, {.method = "PATCH", .path = path_of(arguments->name), .body = settings});
  });
}

void register_remove(CLI::App& service, ExitCode& exit_code) {
  auto arguments = std::make_shared<ServiceArguments>();
  CLI::App* command = service.add_subcommand("remove", "Balance an address no longer");
  add_service_argument(*command, arguments->name);
  add_change_options(*command, arguments->change);
  command->footer(
      "Its connections through the router stop. The pool stays.\n"
      "Example: ricochet service remove 10.0.10.0:80/tcp");
  command->callback([arguments, &exit_code] {
    exit_code =
        send_change(arguments->change, {.method = "DELETE", .path = path_of(arguments->name)});
  });
}

void register_list(CLI::App& service, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = service.add_subcommand("list", "Show the services and their pools");
  add_api_options(*command, *api);
  command->footer("Example: ricochet service list --json");
  command->callback([api, &exit_code] {
    exit_code = print_answer(api->json, [&] { return list_services(*api); });
  });
}

void register_show(CLI::App& service, ExitCode& exit_code) {
  auto arguments = std::make_shared<ServiceArguments>();
  CLI::App* command = service.add_subcommand("show", "Show a service");
  add_service_argument(*command, arguments->name);
  add_api_options(*command, arguments->change.api);
  command->footer("Example: ricochet service show 10.0.10.0:80/tcp");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->change.api.json, [&] { return show_service(*arguments); });
  });
}

}  // namespace

void register_service(CLI::App& app, ExitCode& exit_code) {
  CLI::App* service = app.add_subcommand("service", "What clients connect to");
  service->require_subcommand(1);
  register_list(*service, exit_code);
  register_show(*service, exit_code);
  register_add(*service, exit_code);
  register_set(*service, exit_code);
  register_remove(*service, exit_code);
}

}  // namespace ricochet

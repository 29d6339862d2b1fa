// SPDX-License-Identifier: Apache-2.0
//
// `ricochet neighbour`: where next hops are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "cli/arguments.h"
#include "cli/change.h"
#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct NeighbourArguments {
  ChangeArguments change;
  std::string address;
  std::string interface;
  std::string mac;
};

std::string path_of(const std::string& address) {
  return "/v1/neighbours/" + address;
}

bool is_number(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// An interface by its name, or by its index into the router's ports.
Result<std::string> interface_named(const ApiOptions& options, const std::string& text) {
  if (!is_number(text)) return text;
  const auto router = get_json(options, "/v1/router");
  if (!router) return router.error();
  const auto ports = router->at("ports").get<std::vector<std::string>>();
  size_t index = ports.size();
  std::from_chars(text.data(), text.data() + text.size(), index);
  if (index < ports.size()) return ports[index];
  return error("there is no port {}: the router's ports, from 0 on, are {}", text,
               fmt::join(ports, ", "));
}

Result<Answer> add_neighbour(const NeighbourArguments& arguments) {
  const auto interface = interface_named(arguments.change.api, arguments.interface);
  if (!interface) return interface.error();
  return change(arguments.change,
                {.method = "PUT",
                 .path = path_of(arguments.address),
                 .body = Json{{"interface", *interface}, {"mac", arguments.mac}}});
}

Cell known(const Json& value) {
  return value.is_null() ? Cell("-") : Cell(value.get<std::string>());
}

Result<Answer> list_neighbours(const ApiOptions& options) {
  const auto neighbours = get_json(options, "/v1/neighbours");
  if (!neighbours) return neighbours.error();
  Table table({{"NEIGHBOUR"}, {"INTERFACE"}, {"MAC"}, {"SOURCE"}, {"PROBLEM"}});
  for (const auto& [address, neighbour] : neighbours->items()) {
    table.add({address, known(neighbour.at("interface")), known(neighbour.at("mac")),
               neighbour.at("source").get<std::string>(),
               Cell(neighbour.value("problem", std::string()), Colour::red)});
  }
  return Answer{.json = {{"neighbours", *neighbours}},
                .text = table.empty() ? "no neighbours\n" : table.to_string()};
}

void add_address(CLI::App& command, NeighbourArguments& arguments) {
  command.add_option("ADDRESS", arguments.address, "Address of the next hop")
      ->required()
      ->type_name("")
      ->check(ip_address());
}

void register_add(CLI::App& neighbour, ExitCode& exit_code) {
  auto arguments = std::make_shared<NeighbourArguments>();
  CLI::App* command =
      neighbour.add_subcommand("add", "Say where a next hop is, whatever the kernel says");
  add_address(*command, *arguments);
  command
      ->add_option(kInterfaceArgument, arguments->interface,
                   "One of the router's ports: its name, or its index, from 0")
      ->required()
      ->type_name("");
  command->add_option("MAC", arguments->mac, "Of its interface")
      ->required()
      ->type_name("")
      ->check(mac_address().description(""));
  add_change_options(*command, arguments->change);
  command->footer(
      "Only for next hops that the kernel cannot find by ARP. It replaces an earlier one.\n"
      "Example: ricochet neighbour add 10.0.0.9 eth1 02:03:04:05:06:09");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->change.api.json, [&] { return add_neighbour(*arguments); });
  });
}

void register_remove(CLI::App& neighbour, ExitCode& exit_code) {
  auto arguments = std::make_shared<NeighbourArguments>();
  CLI::App* command =
      neighbour.add_subcommand("remove", "Forget what was said: the kernel's word counts again");
  command->alias("del");
  add_address(*command, *arguments);
  add_change_options(*command, arguments->change);
  command->footer(
      "To declare a server dead: `ricochet backend set POOL BACKEND --state dead`.\n"
      "Example: ricochet neighbour remove 10.0.0.9");
  command->callback([arguments, &exit_code] {
    exit_code =
        send_change(arguments->change, {.method = "DELETE", .path = path_of(arguments->address)});
  });
}

void register_list(CLI::App& neighbour, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command =
      neighbour.add_subcommand("list", "Show the next hops that are known or looked for");
  add_api_options(*command, *api);
  command->footer(
      "SOURCE: static (said by `neighbour add` or the configuration), or kernel (learned).\n"
      "Example: ricochet neighbour list --json");
  command->callback([api, &exit_code] {
    exit_code = print_answer(api->json, [&] { return list_neighbours(*api); });
  });
}

}  // namespace

void register_neighbour(CLI::App& app, ExitCode& exit_code) {
  CLI::App* neighbour = app.add_subcommand("neighbour", "Where next hops are");
  neighbour->require_subcommand(1);
  register_list(*neighbour, exit_code);
  register_add(*neighbour, exit_code);
  register_remove(*neighbour, exit_code);
}

}  // namespace ricochet

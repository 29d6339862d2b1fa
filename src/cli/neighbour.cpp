// SPDX-License-Identifier: Apache-2.0
//
// `ricochet neighbour`: where next hops are.
#include <fmt/format.h>

#include <memory>

#include "cli/api_client.h"
#include "cli/arguments.h"

namespace ricochet {
namespace {

struct NeighbourArguments {
  ApiOptions api;
  std::string address;
  uint16_t port = 0;
  std::string mac;
};

void register_add(CLI::App& neighbour, ExitCode& exit_code) {
  auto arguments = std::make_shared<NeighbourArguments>();
  CLI::App* command = neighbour.add_subcommand("add", "Say where a next hop is, at once");
  command->add_option("ADDRESS", arguments->address, "Of the next hop")
      ->required()
      ->check(ipv4_address());
  command->add_option("PORT", arguments->port, "Index into the router's --ports, from 0")
      ->required();
  command->add_option("MAC", arguments->mac, "Of its interface")->required()->check(mac_address());
  add_api_options(*command, arguments->api);
  command->footer("Example: ricochet neighbour add 10.0.0.1 1 02:03:04:05:06:01");
  command->callback([arguments, &exit_code] {
    exit_code = send_command(arguments->api, fmt::format("/neigh/add/{}/{}/{}", arguments->address,
                                                         arguments->port, arguments->mac));
  });
}

void register_del(CLI::App& neighbour, ExitCode& exit_code) {
  auto arguments = std::make_shared<NeighbourArguments>();
  CLI::App* command =
      neighbour.add_subcommand("del", "Forget a next hop, at once: its packets go to others");
  command->add_option("ADDRESS", arguments->address, "Of the next hop")
      ->required()
      ->check(ipv4_address());
  add_api_options(*command, arguments->api);
  command->footer(
      "This is how a dead server is declared.\n"
      "Example: ricochet neighbour del 10.0.0.1");
  command->callback([arguments, &exit_code] {
    exit_code = send_command(arguments->api, "/neigh/del/" + arguments->address);
  });
}

void register_list(CLI::App& neighbour, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = neighbour.add_subcommand("list", "Show the next hops that are known");
  add_api_options(*command, *api);
  command->footer("Example: ricochet neighbour list --json");
  command->callback([api, &exit_code] { exit_code = show(*api, "/tables/neigh"); });
}

}  // namespace

void register_neighbour(CLI::App& app, ExitCode& exit_code) {
  CLI::App* neighbour = app.add_subcommand("neighbour", "Add, delete and list where next hops are");
  neighbour->require_subcommand(1);
  register_add(*neighbour, exit_code);
  register_del(*neighbour, exit_code);
  register_list(*neighbour, exit_code);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet tables`: what the router holds, as the ECMP-ER paper's switch shows it.
#include <memory>

#include "cli/api_client.h"

namespace ricochet {

void register_tables(CLI::App& app, ExitCode& exit_code) {
  struct Arguments {
    ApiOptions api;
    std::string name;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("tables", "Show the tables, or one of them");
  command->add_option("NAME", arguments->name, "ipv4_lpm, cur_nh, prv_nh or neigh")
      ->check(CLI::IsMember({"ipv4_lpm", "cur_nh", "prv_nh", "neigh"}));
  add_api_options(*command, arguments->api);
  command->footer(
      "ipv4_lpm: services, and where in the next two tables their next hops are.\n"
      "cur_nh: the owner of each bucket. prv_nh: its previous owner. neigh: the neighbours.\n"
      "Example: ricochet tables cur_nh");
  command->callback([arguments, &exit_code] {
    exit_code =
        show(arguments->api, arguments->name.empty() ? "/tables" : "/tables/" + arguments->name);
  });
}

}  // namespace ricochet

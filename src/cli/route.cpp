// SPDX-License-Identifier: Apache-2.0
//
// `ricochet route`: which servers a service has.
#include <fmt/format.h>

#include <memory>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "model/limits.h"

namespace ricochet {
namespace {

struct RouteArguments {
  ApiOptions api;
  std::string prefix;
  std::string nexthop;
  uint16_t port = 0;  // 0: every port
  std::string protocol;
  uint32_t weight = 1;
};

std::string path_of(const char* verb, const RouteArguments& arguments) {
  const Prefix prefix = *Prefix::parse(arguments.prefix);
  std::vector<std::string> parameters;
  if (arguments.port != 0) {
    parameters.push_back(fmt::format("port={}", arguments.port));
    parameters.push_back("protocol=" + arguments.protocol);
  }
  if (arguments.weight != 1) parameters.push_back(fmt::format("weight={}", arguments.weight));
  return fmt::format("/{}/{}/{}/{}{}{}", verb, prefix.address().to_string(), prefix.length(),
                     arguments.nexthop, parameters.empty() ? "" : "?", fmt::join(parameters, "&"));
}

// What `add` and `del` share.
void add_route_options(CLI::App& command, RouteArguments& arguments) {
  command.add_option("PREFIX", arguments.prefix, "The service: an address, or a prefix")
      ->required()
      ->check(ip_prefix());
  command
      .add_option("NEXTHOP", arguments.nexthop,
                  "The server, or `connected`: the packet's own destination")
      ->required()
      ->check(next_hop());
  CLI::Option* port =
      command
          .add_option("--port", arguments.port, "Only this port of the address (needs --protocol)")
          ->check(CLI::Range(1, UINT16_MAX));
  CLI::Option* protocol =
      command.add_option("--protocol", arguments.protocol, "tcp or udp (needs --port)")
          ->check(CLI::IsMember({"tcp", "udp"}));
  port->needs(protocol);
  protocol->needs(port);
  add_api_options(command, arguments.api);
}

void register_add(CLI::App& route, ExitCode& exit_code) {
  auto arguments = std::make_shared<RouteArguments>();
  CLI::App* command = route.add_subcommand("add", "Queue a server for a service");
  add_route_options(*command, *arguments);
  command->add_option("--weight", arguments->weight, "Its share, beside those of the others")
      ->check(CLI::Range(uint32_t{1}, kWeightMax))
      ->capture_default_str();
  command->footer(
      "Takes effect with `ricochet install`. Adding a server that is there sets its weight.\n"
      "Examples:\n"
      "  ricochet route add 10.0.10.0 10.0.0.1\n"
      "  ricochet route add 10.0.10.0 10.0.0.2 --port 443 --protocol tcp --weight 3\n"
      "  ricochet route add 10.0.1.0/24 connected");
  command->callback([arguments, &exit_code] {
    exit_code = send_command(arguments->api, path_of("add", *arguments));
  });
}

void register_del(CLI::App& route, ExitCode& exit_code) {
  auto arguments = std::make_shared<RouteArguments>();
  CLI::App* command = route.add_subcommand("del", "Queue the removal of a server");
  add_route_options(*command, *arguments);
  command->footer(
      "Takes effect with `ricochet install`. The server gets no new connections and, with a\n"
      "history, keeps those it has. Of a server that died delete the neighbour as well.\n"
      "Example: ricochet route del 10.0.10.0 10.0.0.1");
  command->callback([arguments, &exit_code] {
    exit_code = send_command(arguments->api, path_of("del", *arguments));
  });
}

void register_list(CLI::App& route, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = route.add_subcommand("list", "Show routes, installed and queued");
  add_api_options(*command, *api);
  command->footer("Example: ricochet route list --json");
  command->callback([api, &exit_code] { exit_code = show(*api, "/routes"); });
}

}  // namespace

void register_route(CLI::App& app, ExitCode& exit_code) {
  CLI::App* route = app.add_subcommand("route", "Add, delete and list the servers of services");
  route->require_subcommand(1);
  register_add(*route, exit_code);
  register_del(*route, exit_code);
  register_list(*route, exit_code);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet agent check`: whether a server is fit to be a backend. Starts and changes nothing.
#include "cli/agent_check.h"

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "agent/host_check.h"
#include "agent/service_addresses.h"
#include "cli/arguments.h"
#include "cli/json_line.h"
#include "cli/state_lock.h"
#include "dataplane/state_dir.h"

namespace ricochet {
namespace {

struct CheckArguments {
  std::string interface;
  std::string state_dir = "/var/lib/ricochet/agent";
  std::vector<std::string> service_addresses;
  bool json = false;
};

// Those asked for, or those on lo.
std::set<Address> services_to_check(const CheckArguments& arguments, const HostFacts& facts) {
  std::set<Address> services;
  for (const std::string& text : arguments.service_addresses) {
    services.insert(*parse_service_address(text));
  }
  if (!services.empty()) return services;
  for (const auto& [address, prefix_bits] : facts.on_loopback) services.insert(address);
  return services;
}

bool agent_attached(const CheckArguments& arguments) {
  const auto state = StateDir::open(arguments.state_dir);
  if (!state) return false;
  const auto interfaces = state->linked_interfaces();
  return std::ranges::find(interfaces, arguments.interface) != interfaces.end();
}

// Not running is no fault: this is also for the time before the first start.
Check check_daemon(const std::string& state_dir) {
  const auto holder = StateLock::holder(state_dir);
  return {.name = "agent",
          .found = holder ? fmt::format("it runs, process {}", *holder)
                          : fmt::format("none runs with --state {}", state_dir),
          .problem = {},
          .remedy = {}};
}

std::string to_json(const std::vector<Check>& checks, bool ok) {
  nlohmann::ordered_json json = {{"ok", ok}, {"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks) {
    json["checks"].push_back({{"name", check.name},
                              {"ok", check.ok()},
                              {"found", check.found},
                              {"problem", check.problem},
                              {"remedy", check.remedy}});
  }
  return json_line(json);
}

std::string to_text(const std::vector<Check>& checks, bool colour) {
  std::string text;
  for (const Check& check : checks) {
    std::string word = fmt::format("{:<8}", check.ok() ? "ok" : "problem");
    if (colour) {
      word = fmt::format(fg(check.ok() ? fmt::terminal_color::green : fmt::terminal_color::red),
                         "{}", word);
    }
    text += fmt::format(
        "{} {:<16} {}\n", word, check.name,
        check.ok() ? check.found : fmt::format("{}; try: {}", check.problem, check.remedy));
  }
  return text;
}

// Whether all is well.
bool check(const CheckArguments& arguments) {
  const HostFacts facts = read_host_facts(arguments.interface);
  std::vector<Check> checks = check_host(facts, services_to_check(arguments, facts));
  if (facts.exists) checks.push_back(check_attach(facts, agent_attached(arguments)));
  checks.push_back(check_daemon(arguments.state_dir));
  const bool ok = std::ranges::all_of(checks, &Check::ok);
  std::cout << (arguments.json ? to_json(checks, ok)
                               : to_text(checks, ::isatty(STDOUT_FILENO) == 1));
  return ok;
}

}  // namespace

void register_agent_check(CLI::App& agent, ExitCode& exit_code) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      agent.add_subcommand("check", "Say what is wrong with this server as a backend");
  command->add_option("--interface", arguments->interface, "Where packets from the router arrive")
      ->required();
  command
      ->add_option("--service-address", arguments->service_addresses,
                   "Address that it is to serve, may be repeated (default: those on lo)")
      ->check(parsed_by(&parse_service_address, "IPV4"));
  command->add_option("--state", arguments->state_dir, "Directory of the agent's pins")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Starts and changes nothing. Exit status: 0 all is well, 1 there is a problem.\n"
      "Example: ricochet agent check --interface eth0 --service-address 10.0.10.0");
  command->callback([arguments, &exit_code] {
    if (!check(*arguments)) exit_code = ExitCode::refused;
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet agent`: guards the service addresses of a server.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/host_check.h"
#include "agent/service_addresses.h"
#include "cli/state_lock.h"
#include "cli/subcommands.h"
#include "dataplane/agent.h"
#include "spdlog/spdlog.h"
#include "util/signals.h"

namespace ricochet {
namespace {

// How soon an address that is added to or removed from lo is noticed.
constexpr std::chrono::milliseconds kAddressInterval{1000};

struct AgentArguments {
  std::string interface;
  std::string state_dir = "/run/ricochet/agent";
  std::vector<std::string> service_addresses;
  std::string mark = "dscp";
  uint64_t bounce_rate_per_second = AgentOptions{}.bounce_rate_per_second;
};

// The addresses given, or those on lo.
Result<std::set<Ipv4Address>> addresses_to_guard(const AgentArguments& arguments) {
  if (arguments.service_addresses.empty()) return find_service_addresses();
  std::set<Ipv4Address> addresses;
  for (const std::string& text : arguments.service_addresses) {
    const auto address = Ipv4Address::parse(text);
    if (!address) return address.error();
    addresses.insert(*address);
  }
  return addresses;
}

void report_host(const std::string& interface, const std::set<Ipv4Address>& addresses) {
  for (const Finding& finding : check_host(read_host_facts(interface), addresses)) {
    spdlog::warn("{}; try: {}", finding.problem, finding.remedy);
  }
}

Result<void> guard_addresses(AgentDataplane& agent, const std::set<Ipv4Address>& addresses) {
  std::string list;
  for (const Ipv4Address address : addresses) list += " " + address.to_string();
  if (list.empty()) {
    spdlog::warn(
        "no service address on lo: nothing is guarded until one is added, e.g. "
        "`ip address add 10.0.10.0/32 dev lo`");
  } else {
    spdlog::info("guarding{}", list);
  }
  return agent.guard(addresses);
}

Result<void> run_agent(const AgentArguments& arguments) {
  const StopSignals stop;
  const auto mark = parse_mark(arguments.mark);
  if (!mark) return mark.error();
  auto addresses = addresses_to_guard(arguments);
  if (!addresses) return addresses.error();
  const auto lock = StateLock::acquire(arguments.state_dir);
  if (!lock) return lock.error();
  const auto agent =
      AgentDataplane::open({.interface = arguments.interface,
                            .state_dir = arguments.state_dir,
                            .mark = *mark,
                            .bounce_rate_per_second = arguments.bounce_rate_per_second});
  if (!agent) return agent.error();
  std::set<Ipv4Address> guarded = *addresses;
  if (auto done = guard_addresses(**agent, guarded); !done) return done;
  if (auto attached = (*agent)->attach(); !attached) return attached;
  report_host(arguments.interface, guarded);
  spdlog::info("ready on {}", arguments.interface);
  while (!stop.wait_for(kAddressInterval)) {
    addresses = addresses_to_guard(arguments);
    if (!addresses || *addresses == guarded) continue;
    guarded = *addresses;
    if (auto done = guard_addresses(**agent, guarded); !done) return done;
  }
  spdlog::info("stopping; the program stays on {}: `ricochet detach --state {}` takes it off",
               arguments.interface, arguments.state_dir);
  return {};
}

}  // namespace

void register_agent(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<AgentArguments>();
  CLI::App* command = app.add_subcommand(
      "agent", "Run on a server: keep its connections, bounce packets of other servers'");
  command->add_option("--interface", arguments->interface, "Where packets from the router arrive")
      ->required();
  command->add_option("--state", arguments->state_dir, "Directory of its pins")
      ->capture_default_str();
  command->add_option("--service-address", arguments->service_addresses,
                      "Address to guard, may be repeated (default: those on lo, followed as they "
                      "come and go)");
  command->add_option("--mark", arguments->mark, "How bounces are marked, as at the router")
      ->check(CLI::IsMember({"dscp", "ecmp-er"}))
      ->capture_default_str();
  command
      ->add_option("--bounce-rate", arguments->bounce_rate_per_second,
                   "Most bounces per second and CPU")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1000000000}))
      ->capture_default_str();
  command->footer(
      "SIGTERM ends the daemon and leaves the program attached.\n"
      "Example: ricochet agent --interface eth0 --service-address 10.0.10.0");
  command->callback([arguments, &exit_code] {
    if (const auto done = run_agent(*arguments); !done) {
      spdlog::error("{}", done.error().message);
      exit_code = ExitCode::refused;
    }
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet agent`: guards the service addresses of a server.
#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/host_check.h"
#include "agent/service_addresses.h"
#include "cli/agent_check.h"
#include "cli/daemon_options.h"
#include "cli/state_lock.h"
#include "cli/subcommands.h"
#include "dataplane/agent.h"
#include "spdlog/spdlog.h"
#include "util/capabilities.h"
#include "util/log.h"
#include "util/signals.h"

namespace ricochet {
namespace {

// How soon an address that is added to or removed from lo is noticed.
constexpr std::chrono::milliseconds kAddressInterval{1000};

struct AgentArguments {
  std::string interface;
  std::string state_dir = "/var/lib/ricochet/agent";
  std::vector<std::string> service_addresses;
  std::string mark = "dscp";
  uint64_t bounce_rate_per_second = AgentOptions{}.bounce_rate_per_second;
  DaemonOptions daemon;
};

// The addresses given, or those on lo.
Result<std::set<Address>> addresses_to_guard(const AgentArguments& arguments) {
  if (arguments.service_addresses.empty()) return find_service_addresses();
  std::set<Address> addresses;
  for (const std::string& text : arguments.service_addresses) {
    const auto address = parse_service_address(text);
    if (!address) return address.error();
    addresses.insert(*address);
  }
  return addresses;
}

// And says what is wrong with this host as their server.
Result<void> guard_addresses(AgentDataplane& agent, const std::string& interface,
                             const std::set<Address>& addresses) {
  if (auto done = agent.guard(addresses); !done) return done;
  std::vector<std::string> list;
  list.reserve(addresses.size());
  for (const Address address : addresses) list.push_back(address.to_string());
  log_event(spdlog::level::info, "guarding",
            {{"addresses", list.empty() ? "none" : fmt::format("{}", fmt::join(list, " "))}});
  for (const Check& check : check_host(read_host_facts(interface), addresses)) {
    if (check.ok()) continue;
    log_event(spdlog::level::warn, check.problem,
              {{"check", check.name}, {"remedy", check.remedy}});
  }
  return {};
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
                            .bounce_rate_per_second = arguments.bounce_rate_per_second,
                            .allow_loss = arguments.daemon.allow_loss});
  if (!agent) return agent.error();
  std::set<Address> guarded = *addresses;
  if (auto done = guard_addresses(**agent, arguments.interface, guarded); !done) return done;
  if (auto attached = (*agent)->attach(); !attached) return attached;
  // What remains to be done, writing to mapped memory and removing pins, needs none.
  if (auto done = keep_capabilities({}); !done) spdlog::warn("{}", done.error().message);
  log_event(spdlog::level::info, "ready", {{"interface", arguments.interface}});
  while (!stop.wait_for(kAddressInterval)) {
    spdlog::default_logger_raw()->flush();  // says how many lines were left out
    addresses = addresses_to_guard(arguments);
    if (!addresses || *addresses == guarded) continue;
    guarded = *addresses;
    if (auto done = guard_addresses(**agent, arguments.interface, guarded); !done) return done;
  }
  return end_dataplane(arguments.state_dir, arguments.daemon);
}

}  // namespace

void register_agent(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<AgentArguments>();
  CLI::App* command = app.add_subcommand(
      "agent", "Run on a server: keep its connections, bounce packets of other servers'");
  // Not required() as `check` does without it.
  command->add_option("--interface", arguments->interface,
                      "Where packets from the router arrive (needed)");
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
  add_daemon_options(*command, arguments->daemon);
  command->footer(
      "SIGTERM ends the daemon and leaves the program attached, unless --detach-on-exit is given.\n"
      "Example: ricochet agent --interface eth0 --service-address 10.0.10.0");
  register_agent_check(*command, exit_code);
  command->callback([command, arguments, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    if (arguments->interface.empty()) throw CLI::RequiredError("--interface");
    start_log(arguments->daemon);
    if (const auto done = run_agent(*arguments); !done) {
      spdlog::error("{}", done.error().message);
      exit_code = ExitCode::refused;
    }
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet status`: what a router's or agent's data plane has counted.
#include "dataplane/status.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/json_line.h"
#include "cli/subcommands.h"
#include "fmt/format.h"

namespace ricochet {
namespace {

struct StatusArguments {
  std::string state_dir = "/run/ricochet/router";
  bool json = false;
};

nlohmann::ordered_json to_json(const DataplaneStatus& status) {
  nlohmann::ordered_json json = {{"ok", true}, {"role", status.router ? "router" : "agent"}};
  json["links"] = nlohmann::ordered_json::array();
  for (const LinkStatus& link : status.links) {
    json["links"].push_back(
        {{"interface", link.interface}, {"mode", link.native ? "native" : "generic"}});
  }
  json["counters"] = nlohmann::ordered_json::object();
  for (const Counter& counter : status.counters) {
    json["counters"][std::string(counter.name)] = counter.packets;
  }
  if (!status.router) return json;
  json["backends"] = nlohmann::ordered_json::array();
  for (const BackendTraffic& backend : status.backends) {
    json["backends"].push_back({{"address", backend.address},
                                {"live", backend.live},
                                {"packets", backend.packets},
                                {"bytes", backend.bytes}});
  }
  return json;
}

std::string to_text(const DataplaneStatus& status) {
  std::string text = fmt::format("{} on", status.router ? "router" : "agent");
  for (const LinkStatus& link : status.links) {
    text += fmt::format(" {} ({})", link.interface, link.native ? "native" : "generic");
  }
  text += status.links.empty() ? " no interface: detached\n\n" : "\n\n";
  for (const Counter& counter : status.counters) {
    text += fmt::format("{:<18} {:>14}  {}\n", counter.name, counter.packets, counter.meaning);
  }
  if (status.backends.empty()) return text;
  text += fmt::format("\n{:<18} {:>14} {:>18}\n", "backend", "packets", "bytes");
  for (const BackendTraffic& backend : status.backends) {
    text += fmt::format("{:<18} {:>14} {:>18}{}\n", backend.address, backend.packets, backend.bytes,
                        backend.live ? "" : "  no neighbour: skipped");
  }
  return text;
}

}  // namespace

void register_status(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<StatusArguments>();
  CLI::App* command = app.add_subcommand(
      "status", "Show interfaces, counters and traffic, with or without a daemon running");
  command->add_option("--state", arguments->state_dir, "Directory of the router or agent")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer("Example: ricochet status --state /run/ricochet/agent --json");
  command->callback([arguments, &exit_code] {
    const auto status = read_status(arguments->state_dir);
    if (status) {
      std::cout << (arguments->json ? json_line(to_json(*status)) : to_text(*status));
      return;
    }
    exit_code = ExitCode::refused;
    if (arguments->json) {
      const nlohmann::ordered_json json = {{"ok", false}, {"message", status.error().message}};
      std::cout << json_line(json);
    } else {
      std::cerr << "ricochet status: " << status.error().message << '\n';
    }
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet status`: what a router's or agent's data plane has counted, and what the router says of
// itself while its daemon runs.
#include "dataplane/status.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/answer.h"
#include "cli/api_client.h"
#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct StatusArguments {
  std::string state_dir = "/var/lib/ricochet/router";
  bool json = false;
};

const char* mode_of(const LinkStatus& link) {
  if (!link.native) return "unknown";
  return *link.native ? "native" : "generic";
}

Json to_json(const DataplaneStatus& status) {
  Json json = {{"role", status.router ? "router" : "agent"}};
  json["links"] = Json::array();
  for (const LinkStatus& link : status.links) {
    json["links"].push_back({{"interface", link.interface}, {"mode", mode_of(link)}});
  }
  json["counters"] = Json::object();
  for (const Counter& counter : status.counters) {
    json["counters"][std::string(counter.name)] = counter.packets;
  }
  if (!status.router) return json;
  json["pins"] = {{"used", status.pins.used}, {"capacity", status.pins.capacity}};
  json["flows"] = {{"used", status.flows.used}, {"capacity", status.flows.capacity}};
  json["backends"] = Json::array();
  for (const BackendTraffic& backend : status.backends) {
    json["backends"].push_back({{"address", backend.address},
                                {"live", backend.live},
                                {"packets", backend.packets},
                                {"bytes", backend.bytes}});
  }
  return json;
}

std::string describe_links(const DataplaneStatus& status) {
  std::string text = fmt::format("{} on", status.router ? "router" : "agent");
  for (const LinkStatus& link : status.links) {
    const bool elsewhere = !link.native.has_value();
    text += fmt::format(" {} ({})", link.interface,
                        elsewhere ? "in another network namespace" : mode_of(link));
  }
  return text + (status.links.empty() ? " no interface: detached\n" : "\n");
}

std::string describe_counters(const DataplaneStatus& status) {
  Table table({{"COUNTER"}, {"PACKETS", true}, {"MEANING"}});
  for (const Counter& counter : status.counters) {
    table.add({std::string(counter.name), counter.packets, std::string(counter.meaning)});
  }
  return "\n" + table.to_string();
}

std::string describe_pins(const PinUse& pins) {
  if (pins.capacity == 0) return "without pins\n";
  return fmt::format("{} of {} pins are in use\n", pins.used, pins.capacity);
}

// Most routers keep none.
std::string describe_flows(const PinUse& flows) {
  if (flows.used == 0) return {};
  return fmt::format("{} of {} flows are kept\n", flows.used, flows.capacity);
}

std::string describe_backends(const DataplaneStatus& status) {
  if (status.backends.empty()) return {};
  Table table({{"BACKEND"}, {"PACKETS", true}, {"BYTES", true}, {"LIVE"}});
  for (const BackendTraffic& backend : status.backends) {
    table.add({backend.address, backend.packets, backend.bytes,
               backend.live ? Cell("yes") : Cell("no: skipped", Colour::red)});
  }
  return "\n" + table.to_string();
}

// What only the daemon knows. Nothing if it does not answer: the rest is true without it.
std::optional<Json> ask_daemon(const std::string& state_dir) {
  const ApiOptions options{.api = {}, .state_dir = state_dir, .json = true};
  if (!has_socket(options)) return std::nullopt;
  auto status = get_json(options, "/v1/status");
  return status ? std::optional(*std::move(status)) : std::nullopt;
}

std::string describe_daemon(const Json& daemon) {
  const Json& memory = daemon.at("table_memory");
  std::string text =
      fmt::format("generation {}, tables use {} of {}\n", daemon.at("generation").get<uint64_t>(),
                  format_bytes(memory.at("used_bytes").get<uint64_t>()),
                  format_bytes(memory.at("capacity_bytes").get<uint64_t>()));
  Table table(
      {{"POOL"}, {"BUCKETS", true}, {"TABLE", true}, {"BACKENDS", true}, {"ELIGIBLE", true}});
  for (const auto& pool : daemon.at("pools")) {
    const auto eligible = pool.at("eligible").get<uint64_t>();
    table.add({pool.at("name").get<std::string>(), pool.at("buckets").get<uint64_t>(),
               format_bytes(pool.at("table_bytes").get<uint64_t>()),
               pool.at("backends").get<uint64_t>(),
               Cell(std::to_string(eligible), eligible == 0 ? Colour::red : Colour::none)});
  }
  return table.empty() ? text : text + "\n" + table.to_string();
}

Result<Answer> show_status(const std::string& state_dir) {
  const auto status = read_status(state_dir);
  if (!status) return status.error();
  Answer answer{.json = to_json(*status), .text = describe_links(*status)};
  if (const auto daemon = status->router ? ask_daemon(state_dir) : std::nullopt) {
    for (const char* key : {"generation", "table_memory", "pools"}) {
      answer.json[key] = daemon->at(key);
    }
    answer.text += describe_daemon(*daemon);
  } else if (status->router) {
    answer.text +=
        "no daemon answers at its socket: the programs go on with the tables as they are\n";
  }
  if (status->router) answer.text += describe_pins(status->pins) + describe_flows(status->flows);
  answer.text += describe_counters(*status) + describe_backends(*status);
  return answer;
}

}  // namespace

void register_status(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<StatusArguments>();
  CLI::App* command = app.add_subcommand(
      "status", "Show interfaces, counters and traffic, with or without a daemon running");
  command->add_option("--state", arguments->state_dir, "State directory of the router or agent")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "BYTES are of Ethernet frames. While a router's daemon runs: its generation, and the memory\n"
      "of its tables in all and by pool, too.\n"
      "Example: ricochet status --state /var/lib/ricochet/agent --json");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->json, [&] { return show_status(arguments->state_dir); });
  });
}

}  // namespace ricochet

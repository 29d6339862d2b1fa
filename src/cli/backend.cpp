// SPDX-License-Identifier: Apache-2.0
//
// `ricochet backend`: the servers of pools.
#include <fmt/format.h>

#include <memory>

#include "cli/arguments.h"
#include "cli/change.h"
#include "cli/table.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNoQuicId = "none";               // takes one away
constexpr const char* kStateDirectory = "--state-dir";  // beside the state of a backend

struct BackendArguments {
  ChangeArguments change;
  std::string pool;
  std::string address;
  std::optional<uint32_t> weight;
  std::optional<std::string> state;
  std::optional<std::string> agent;
  std::optional<std::string> quic_id;
};

std::string backends_path(const std::string& pool) {
  return "/v1/pools/" + pool + "/backends";
}

std::string path_of(const BackendArguments& arguments) {
  return backends_path(arguments.pool) + "/" + arguments.address;
}

Json given_settings(const BackendArguments& arguments) {
  Json settings = Json::object();
  if (arguments.weight) settings["weight"] = *arguments.weight;
  if (arguments.state) settings["state"] = *arguments.state;
  if (arguments.agent) settings["agent"] = *arguments.agent;
  if (arguments.quic_id == kNoQuicId) {
    settings["quic_id"] = nullptr;  // of a merge patch
  } else if (arguments.quic_id) {
    settings["quic_id"] = *arguments.quic_id;
  }
  return settings;
}

void add_backend_arguments(CLI::App& command, BackendArguments& arguments) {
  add_pool_argument(command, arguments.pool);
  command
      .add_option(kBackendArgument, arguments.address,
                  "Address of the server, or `connected`: the packet's own destination")
      ->required()
      ->type_name("")
      ->check(next_hop().description(""));
}

void add_settings(CLI::App& command, BackendArguments& arguments) {
  command
      .add_option("--weight", arguments.weight,
                  fmt::format("Its share of new connections beside those of the others, 1 to {}; "
                              "default of a new backend: 1",
                              kWeightMax))
      ->check(CLI::Range(uint32_t{1}, kWeightMax))
      ->type_name("N");
  command
      .add_option("--state", arguments.state,
                  "active (gets new connections), draining (keeps those that it has), dead (is "
                  "skipped at once); default of a new backend: active")
      ->check(CLI::IsMember({"active", "draining", "dead"}));
  command
      .add_option("--agent", arguments.agent,
                  "required (an agent runs there) or none; default of a new backend: required")
      ->check(CLI::IsMember({"required", "none"}));
}

void add_quic_id(CLI::App& command, BackendArguments& arguments, bool may_be_none) {
  command
      .add_option("--quic-id", arguments.quic_id,
                  fmt::format("How connection IDs of QUIC name it, for services with quic: 1 to {} "
                              "octets, as in 0a:01{}",
                              kQuicIdBytesMax, may_be_none ? "; none: not at all" : ""))
      ->type_name("ID")
      ->check(CLI::Validator(
          [may_be_none](const std::string& text) {
            if (may_be_none && text == kNoQuicId) return std::string();
            const auto parsed = QuicId::parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          ""));
}

// With a column of QUIC's IDs if there are any.
Table backend_table(bool has_quic_ids) {
  std::vector<Column> columns = {{"POOL"}, {"BACKEND"}, {"WEIGHT", true}, {"STATE"}, {"AGENT"}};
  if (has_quic_ids) columns.push_back({"QUIC ID"});
  columns.insert(columns.end(), {{"PACKETS", true}, {"BYTES", true}, {"ELIGIBLE"}});
  return Table(std::move(columns));
}

void add_row(Table& table, bool has_quic_ids, const std::string& pool, const std::string& address,
             const Json& backend) {
  const bool eligible = backend.at("eligible").get<bool>();
  const auto reason = backend.at("reason").get<std::string>();
  std::vector<Cell> row = {pool, address, backend.at("weight").get<uint64_t>(),
                           backend.at("state").get<std::string>(),
                           backend.at("agent").get<std::string>()};
  if (has_quic_ids) row.emplace_back(backend.value("quic_id", "-"));
  row.insert(row.end(), {backend.at("packets").get<uint64_t>(), backend.at("bytes").get<uint64_t>(),
                         eligible ? Cell("yes", Colour::green)
                                  : Cell(reason.empty() ? "no" : "no: " + reason, Colour::red)});
  table.add(std::move(row));
}

// Of one pool, or of all with an empty name.
Result<Answer> list_backends(const ApiOptions& options, const std::string& pool) {
  std::vector<std::string> names;
  if (!pool.empty()) {
    names.push_back(pool);
  } else {
    const auto pools = get_json(options, "/v1/pools");
    if (!pools) return pools.error();
    for (const auto& entry : pools->items()) names.push_back(entry.key());
  }
  Json all = Json::object();
  bool has_quic_ids = false;
  for (const std::string& name : names) {
    const auto backends = get_json(options, backends_path(name));
    if (!backends) return backends.error();
    all[name] = *backends;
    for (const Json& backend : *backends) has_quic_ids |= backend.contains("quic_id");
  }
  Table table = backend_table(has_quic_ids);
  for (const auto& [name, backends] : all.items()) {
    for (const auto& [address, backend] : backends.items()) {
      add_row(table, has_quic_ids, name, address, backend);
    }
  }
  return Answer{.json = {{"backends", all}},
                .text = table.empty() ? "no backends\n" : table.to_string()};
}

Result<Answer> show_backend(const BackendArguments& arguments) {
  const auto backend = get_json(arguments.change.api, path_of(arguments));
  if (!backend) return backend.error();
  const bool has_quic_id = backend->contains("quic_id");
  Table table = backend_table(has_quic_id);
  add_row(table, has_quic_id, arguments.pool, arguments.address, *backend);
  return Answer{
      .json = {{"pool", arguments.pool}, {"name", arguments.address}, {"backend", *backend}},
      .text = table.to_string()};
}

void register_add(CLI::App& backend, ExitCode& exit_code) {
  auto arguments = std::make_shared<BackendArguments>();
  CLI::App* command = backend.add_subcommand("add", "Add a server to a pool");
  add_backend_arguments(*command, *arguments);
  add_settings(*command, *arguments);
  add_quic_id(*command, *arguments, false);
  add_change_options(*command, arguments->change, kStateDirectory);
  command->footer(
      "Examples:\n"
      "  ricochet backend add web 10.0.0.3 --weight 2\n"
      "  ricochet backend add h3 10.0.0.3 --quic-id 0a:01");
  command->callback([arguments, &exit_code] {
    exit_code =
        send_change(arguments->change, put_new(path_of(*arguments), given_settings(*arguments)));
  });
}

void register_set(CLI::App& backend, ExitCode& exit_code) {
  auto arguments = std::make_shared<BackendArguments>();
  CLI::App* command =
      backend.add_subcommand("set", "Change a server's weight, state, agent or ID of QUIC");
  add_backend_arguments(*command, *arguments);
  add_settings(*command, *arguments);
  add_quic_id(*command, *arguments, true);
  add_change_options(*command, arguments->change, kStateDirectory);
  command->footer(
      "What is not given stays.\n"
      "Example: ricochet backend set web 10.0.0.3 --state draining");
  command->callback([arguments, &exit_code] {
    const Json settings = given_settings(*arguments);
    if (settings.empty()) {
      throw CLI::RequiredError("What to set (--weight, --state, --agent, --quic-id)");
    }
    exit_code = send_change(arguments->change,
                            {.method = "PATCH", .path = path_of(*arguments), .body = settings});
  });
}

void register_remove(CLI::App& backend, ExitCode& exit_code) {
  auto arguments = std::make_shared<BackendArguments>();
  CLI::App* command = backend.add_subcommand("remove", "Remove a server from a pool");
  add_backend_arguments(*command, *arguments);
  add_change_options(*command, arguments->change);
  command->footer(
      "With a history it keeps the connections that it has. Of a server that died say\n"
      "`backend set POOL BACKEND --state dead` first.\n"
      "Example: ricochet backend remove web 10.0.0.3");
  command->callback([arguments, &exit_code] {
    exit_code = send_change(arguments->change, {.method = "DELETE", .path = path_of(*arguments)});
  });
}

void register_list(CLI::App& backend, ExitCode& exit_code) {
  auto arguments = std::make_shared<BackendArguments>();
  CLI::App* command = backend.add_subcommand("list", "Show the servers of all pools, or of one");
  add_pool_argument(*command, arguments->pool)->required(false);
  add_api_options(*command, arguments->change.api);
  command->footer(
      "ELIGIBLE says whether it gets packets, or why not. BYTES are of Ethernet frames.\n"
      "Example: ricochet backend list web");
  command->callback([arguments, &exit_code] {
    const ApiOptions& api = arguments->change.api;
    exit_code = print_answer(api.json, [&] { return list_backends(api, arguments->pool); });
  });
}

void register_show(CLI::App& backend, ExitCode& exit_code) {
  auto arguments = std::make_shared<BackendArguments>();
  CLI::App* command = backend.add_subcommand("show", "Show a server of a pool");
  add_backend_arguments(*command, *arguments);
  add_api_options(*command, arguments->change.api);
  command->footer("Example: ricochet backend show web 10.0.0.3");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->change.api.json, [&] { return show_backend(*arguments); });
  });
}

}  // namespace

void register_backend(CLI::App& app, ExitCode& exit_code) {
  CLI::App* backend = app.add_subcommand("backend", "The servers of pools");
  backend->require_subcommand(1);
  register_list(*backend, exit_code);
  register_show(*backend, exit_code);
  register_add(*backend, exit_code);
  register_set(*backend, exit_code);
  register_remove(*backend, exit_code);
}

}  // namespace ricochet

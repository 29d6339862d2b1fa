// SPDX-License-Identifier: Apache-2.0
//
// `ricochet pool`: sets of backends, and how their tables are built.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "cli/arguments.h"
#include "cli/change.h"
#include "cli/table.h"
#include "model/configuration.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct PoolArguments {
  ChangeArguments change;
  std::string name;
  std::optional<std::string> placement;
  std::optional<uint32_t> buckets;
  std::optional<std::string> history;
  std::optional<uint32_t> history_depth;
  std::optional<std::string> mark;
};

std::string path_of(const std::string& name) {
  return "/v1/pools/" + name;
}

// Only what was given: the rest stays as it is, or is the router's default.
Json given_settings(const PoolArguments& arguments) {
  Json settings = Json::object();
  if (arguments.placement) settings["placement"] = *arguments.placement;
  if (arguments.buckets) settings["buckets"] = *arguments.buckets;
  if (arguments.history) settings["history"] = *arguments.history;
  if (arguments.history_depth) settings["history_depth"] = *arguments.history_depth;
  if (arguments.mark) settings["mark"] = *arguments.mark;
  return settings;
}

void add_table_options(CLI::App& command, PoolArguments& arguments) {
  command
      .add_option("--placement", arguments.placement,
                  "Which backend a bucket gets: maglev (few buckets move, weights), or modulo (the "
                  "ECMP-ER paper's, and plain ECMP); default of a new pool: maglev")
      ->check(CLI::IsMember({"modulo", "maglev"}));
  command
      .add_option("--buckets", arguments.buckets,
                  fmt::format("Of a maglev table, a power of two up to {}; default of a new pool: "
                              "{}",
                              kBucketsMax, TableOptions{}.buckets))
      ->type_name("N");
  command
      .add_option("--history", arguments.history,
                  "What a bucket remembers: distinct (its last owners), two-tables (the previous "
                  "one, as in the paper), none; default of a new pool: distinct")
      ->check(CLI::IsMember({"none", "two-tables", "distinct"}));
  command
      .add_option("--history-depth", arguments.history_depth,
                  fmt::format("Owners that a bucket of `distinct` remembers, the current one "
                              "included, 2 to {}; default of a new pool: {}",
                              kHistoryDepthMax, TableOptions{}.history_depth))
      ->check(CLI::Range(uint32_t{2}, kHistoryDepthMax))
      ->type_name("N");
  command
      .add_option("--mark", arguments.mark,
                  "How a bounced packet is marked, as at the agents: dscp, or ecmp-er (the paper's "
                  "ToS 0x01); default of a new pool: dscp")
      ->check(CLI::IsMember({"dscp", "ecmp-er"}));
}

std::string describe_history(const Json& pool) {
  auto history = pool.at("history").get<std::string>();
  if (history != to_string(HistoryPolicy::distinct)) return history;
  return fmt::format("{} ({})", history, pool.at("history_depth").get<uint32_t>());
}

Result<Answer> list_pools(const ApiOptions& options) {
  const auto pools = get_json(options, "/v1/pools");
  if (!pools) return pools.error();
  const auto status = get_json(options, "/v1/status");
  if (!status) return status.error();
  std::map<std::string, Json> states;
  for (const auto& state : status->at("pools")) states[state.at("name")] = state;
  Table table({{"POOL"},
               {"PLACEMENT"},
               {"BUCKETS", true},
               {"HISTORY"},
               {"MARK"},
               {"BACKENDS", true},
               {"ELIGIBLE", true},
               {"TABLE", true}});
  for (const auto& [name, pool] : pools->items()) {
    const Json state = states[name];
    if (state.is_null()) continue;  // removed between the two requests
    const auto eligible = state.at("eligible").get<uint64_t>();
    table.add({name, pool.at("placement").get<std::string>(), state.at("buckets").get<uint64_t>(),
               describe_history(pool), pool.at("mark").get<std::string>(),
               state.at("backends").get<uint64_t>(),
               Cell(std::to_string(eligible), eligible == 0 ? Colour::red : Colour::none),
               format_bytes(state.at("table_bytes").get<uint64_t>())});
  }
  return Answer{.json = {{"pools", *pools}},
                .text = table.empty() ? "no pools\n" : table.to_string()};
}

Result<Answer> show_pool(const ApiOptions& options, const std::string& name) {
  const auto pool = get_json(options, path_of(name));
  if (!pool) return pool.error();
  std::vector<Column> columns = {{"BACKEND"}, {"WEIGHT", true}, {"STATE"}, {"AGENT"}};
  const Json& members = pool->at("backends");
  const bool has_quic_ids =
      std::ranges::any_of(members, [](const Json& backend) { return backend.contains("quic_id"); });
  if (has_quic_ids) columns.push_back({"QUIC ID"});
  Table backends(std::move(columns));
  for (const auto& [address, backend] : members.items()) {
    std::vector<Cell> row = {address, backend.at("weight").get<uint64_t>(),
                             backend.at("state").get<std::string>(),
                             backend.at("agent").get<std::string>()};
    if (has_quic_ids) row.emplace_back(backend.value("quic_id", "-"));
    backends.add(std::move(row));
  }
  const std::string head =
      fmt::format("pool {}: placement {}, {} buckets, history {}, mark {}\n", name,
                  pool->at("placement").get<std::string>(), pool->at("buckets").get<uint64_t>(),
                  describe_history(*pool), pool->at("mark").get<std::string>());
  return Answer{.json = {{"name", name}, {"pool", *pool}},
                .text = head + (backends.empty() ? "no backends\n" : backends.to_string())};
}

void register_add(CLI::App& pool, ExitCode& exit_code) {
  auto arguments = std::make_shared<PoolArguments>();
  CLI::App* command = pool.add_subcommand("add", "Make a pool, without backends at first");
  add_pool_argument(*command, arguments->name);
  add_table_options(*command, *arguments);
  add_change_options(*command, arguments->change);
  command->footer("Example: ricochet pool add web --placement maglev --buckets 65536");
  command->callback([arguments, &exit_code] {
    exit_code = send_change(arguments->change,
                            put_new(path_of(arguments->name), given_settings(*arguments)));
  });
}

void register_set(CLI::App& pool, ExitCode& exit_code) {
  auto arguments = std::make_shared<PoolArguments>();
  CLI::App* command = pool.add_subcommand("set", "Change how the table of a pool is built");
  add_pool_argument(*command, arguments->name);
  add_table_options(*command, *arguments);
  add_change_options(*command, arguments->change);
  command->footer(
      "What is not given stays. Another number of buckets or another placement moves flows; see\n"
      "first with --dry-run how many.\n"
      "Example: ricochet pool set web --history-depth 3");
  command->callback([arguments, &exit_code] {
    const Json settings = given_settings(*arguments);
    if (settings.empty()) throw CLI::RequiredError("What to set (--placement, --buckets, ...)");
    exit_code = send_change(
        arguments->change, {.method = "PATCH", .path = path_of(arguments->name), .body = settings});
  });
}

void register_remove(CLI::App& pool, ExitCode& exit_code) {
  auto arguments = std::make_shared<PoolArguments>();
  CLI::App* command = pool.add_subcommand("remove", "Remove a pool that no service uses");
  add_pool_argument(*command, arguments->name);
  add_change_options(*command, arguments->change);
  command->footer("Example: ricochet pool remove web");
  command->callback([arguments, &exit_code] {
    exit_code =
        send_change(arguments->change, {.method = "DELETE", .path = path_of(arguments->name)});
  });
}

void register_list(CLI::App& pool, ExitCode& exit_code) {
  auto api = std::make_shared<ApiOptions>();
  CLI::App* command = pool.add_subcommand("list", "Show the pools");
  add_api_options(*command, *api);
  command->footer(
      "ELIGIBLE: backends that get packets. TABLE: memory of the pool's buckets.\n"
      "Example: ricochet pool list --json");
  command->callback(
      [api, &exit_code] { exit_code = print_answer(api->json, [&] { return list_pools(*api); }); });
}

void register_show(CLI::App& pool, ExitCode& exit_code) {
  auto arguments = std::make_shared<PoolArguments>();
  CLI::App* command = pool.add_subcommand("show", "Show a pool with its backends");
  add_pool_argument(*command, arguments->name);
  add_api_options(*command, arguments->change.api);
  command->footer("Example: ricochet pool show web");
  command->callback([arguments, &exit_code] {
    const ApiOptions& api = arguments->change.api;
    exit_code = print_answer(api.json, [&] { return show_pool(api, arguments->name); });
  });
}

}  // namespace

void register_pool(CLI::App& app, ExitCode& exit_code) {
  CLI::App* pool = app.add_subcommand("pool", "Sets of backends that services use");
  pool->require_subcommand(1);
  register_list(*pool, exit_code);
  register_show(*pool, exit_code);
  register_add(*pool, exit_code);
  register_set(*pool, exit_code);
  register_remove(*pool, exit_code);
}

}  // namespace ricochet

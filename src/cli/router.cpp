// SPDX-License-Identifier: Apache-2.0
//
// `ricochet router`: the daemon of a load balancer.
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>

#include "api/server.h"
#include "cli/state_lock.h"
#include "cli/subcommands.h"
#include "control/controller.h"
#include "util/signals.h"

namespace ricochet {
namespace {

constexpr const char* kStoreName = "generations.db";
constexpr uint32_t kSettleMaxMs = 600'000;

struct RouterArguments {
  std::vector<std::string> ports;
  std::vector<std::string> backend_ports;
  std::string state_dir = "/run/ricochet/router";
  std::string listen = "127.0.0.1:5000";
  std::string placement = to_string(Settings{}.placement);
  std::string history = to_string(Settings{}.history);
  std::string mark = to_string(Settings{}.mark);
  uint64_t seed = Settings{}.seed;
  uint32_t buckets = Settings{}.buckets;
  uint32_t settle_ms = 1000;
};

// The options are checked one by one already; this adds what they must be together.
Settings make_settings(const RouterArguments& arguments, const CLI::App& command) {
  const Settings settings{.placement = *parse_placement(arguments.placement),
                          .history = *parse_history(arguments.history),
                          .mark = *parse_mark(arguments.mark),
                          .seed = arguments.seed,
                          .buckets = arguments.buckets};
  if (settings.placement == Placement::modulo && command.count("--buckets") != 0) {
    throw CLI::ValidationError("--buckets",
                               "goes with --placement maglev; modulo tables grow by themselves");
  }
  if (const auto valid = validate(settings); !valid) {
    throw CLI::ValidationError("--buckets", valid.error().message);
  }
  return settings;
}

std::string describe_ports(const RouterDataplane& dataplane) {
  std::vector<std::string> names;
  for (const PortStatus& port : dataplane.ports()) {
    names.push_back(fmt::format("{} ({})", port.name, port.native ? "native" : "generic"));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void warn_if_open_to_others(const ListenAddress& listen) {
  constexpr uint32_t kLoopbackNetwork = 127;
  if (listen.address.host_order() >> 24 == kLoopbackNetwork) return;
  spdlog::warn("whoever reaches {} controls this router: the API asks for no password",
               listen.to_string());
}

Result<void> run_router(const RouterArguments& arguments, const Settings& settings) {
  if (::geteuid() != 0) {
    return error("a router loads programs into the kernel: run it as root, with sudo");
  }
  const StopSignals stop;
  auto listen = ListenAddress::parse(arguments.listen);
  if (!listen) return listen.error();

  // Everything that can be refused comes before the first effect on the network.
  auto lock = StateLock::acquire(arguments.state_dir);
  if (!lock) return lock.error();
  auto server = ApiServer::bind(*listen);
  if (!server) return server.error();
  const std::filesystem::path state_dir(arguments.state_dir);
  auto store = GenerationStore::open(state_dir / kStoreName, settings);
  if (!store) return store.error();
  auto recovered = replay(*store, settings, arguments.ports.size());
  if (!recovered) return recovered.error();

  auto dataplane = RouterDataplane::open({.ports = arguments.ports,
                                          .backend_ports = arguments.backend_ports,
                                          .state_dir = state_dir,
                                          .seed = settings.seed});
  if (!dataplane) return dataplane.error();
  auto controller = Controller::start(
      *std::move(store), *std::move(recovered), **dataplane,
      {.settings = settings, .settle_duration = std::chrono::milliseconds(arguments.settle_ms)});
  if (!controller) return controller.error();

  std::atomic<bool> lost = false;
  (*server)->start(**controller, [&lost] {
    lost = true;
    ::kill(::getpid(), SIGTERM);
  });
  warn_if_open_to_others((*server)->address());
  spdlog::info("ready on http://{}, generation {}, ports {}", (*server)->address().to_string(),
               (*controller)->snapshot().state.generation, describe_ports(**dataplane));
  stop.wait();
  server->reset();
  (*controller)->wait_until_settled();
  if (lost) return error("the API cannot listen any more; the data plane forwards on, start again");
  spdlog::info("stopped; the data plane forwards on until `ricochet detach --state {}`",
               arguments.state_dir);
  return {};
}

void add_table_options(CLI::App& command, RouterArguments& arguments) {
  command
      .add_option("--placement", arguments.placement,
                  "Which server a bucket gets: maglev (few buckets move, weights), or modulo (the "
                  "ECMP-ER paper's, and plain ECMP)")
      ->check(CLI::IsMember({"modulo", "maglev"}))
      ->capture_default_str();
  command
      .add_option("--history", arguments.history,
                  "What a bucket remembers: distinct (its last four owners), two-tables (the "
                  "previous one, as in the paper), none")
      ->check(CLI::IsMember({"none", "two-tables", "distinct"}))
      ->capture_default_str();
  command
      .add_option("--mark", arguments.mark,
                  "How a bounced packet is marked, as at the agents: dscp, or ecmp-er (the paper's "
                  "ToS 0x01)")
      ->check(CLI::IsMember({"dscp", "ecmp-er"}))
      ->capture_default_str();
  command
      .add_option("--seed", arguments.seed, "Of the flow hash; the same on all routers of a fleet")
      ->capture_default_str();
  command.add_option("--buckets", arguments.buckets, "Of a maglev table, a power of two")
      ->capture_default_str();
}

}  // namespace

void register_router(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<RouterArguments>();
  CLI::App* command =
      app.add_subcommand("router", "Run a load balancer: spread connections over servers");
  command
      ->add_option("--ports", arguments->ports,
                   "Interfaces to forward between, with commas; neighbours name them by index")
      ->required()
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--backend-ports", arguments->backend_ports,
                   "Of these, the ones where only servers are: a forged mark from there is dropped")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--state", arguments->state_dir, "Directory of its pins and its generations")
      ->capture_default_str();
  command->add_option("--listen", arguments->listen, "Where the API listens, ADDRESS:PORT")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const auto parsed = ListenAddress::parse(text);
            return parsed ? std::string() : parsed.error().message;
          },
          "ADDRESS:PORT"))
      ->capture_default_str();
  add_table_options(*command, *arguments);
  command
      ->add_option("--settle-ms", arguments->settle_ms,
                   "How long after a change a packet that no owner takes is dropped, not refused")
      ->check(CLI::Range(uint32_t{0}, kSettleMaxMs))
      ->capture_default_str();
  command->footer(
      "Runs in the foreground as root and says `ready` when the API listens. SIGTERM ends the\n"
      "daemon and leaves the data plane forwarding; the next daemon takes it over. Placement,\n"
      "history, mark, seed and buckets stay what they were when the state directory was made.\n"
      "Example: ricochet router --ports veth100,veth101,veth102 --state /run/ricochet/router");
  command->callback([arguments, command, &exit_code] {
    const auto done = run_router(*arguments, make_settings(*arguments, *command));
    if (done) return;
    spdlog::error("{}", done.error().message);
    exit_code = ExitCode::refused;
  });
}

}  // namespace ricochet

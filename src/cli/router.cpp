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
#include "cli/daemon_options.h"
#include "cli/router_options.h"
#include "cli/router_settings.h"
#include "cli/state_lock.h"
#include "cli/subcommands.h"
#include "control/network_watch.h"
#include "dataplane/state_dir.h"
#include "util/capabilities.h"
#include "util/signals.h"

namespace ricochet {
namespace {

static_assert(kFileTableMemoryMaxMib == kTableMemoryMaxMib);
static_assert(kFilePinMemoryMaxMib == kPinMemoryMaxMib);

constexpr const char* kStoreName = "generations.db";
constexpr std::chrono::milliseconds kFlushInterval{1000};

// To write maps, attach programs to ports that appear, and have the kernel resolve neighbours.
constexpr cap_value_t kCapabilities[] = {CAP_BPF, CAP_NET_ADMIN};

std::string describe_ports(const RouterDataplane& dataplane) {
  std::vector<std::string> names;
  for (const PortStatus& port : dataplane.ports()) {
    const char* mode = port.native ? "native" : "generic";
    names.push_back(fmt::format("{} ({})", port.name, port.ifindex == 0 ? "absent" : mode));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_open_to_others(const ListenAddress& address) {
  const auto* internet = std::get_if<InternetAddress>(&address);
  return internet != nullptr && !internet->address.is_loopback();
}

void warn_if_open_to_others(std::span<const ListenAddress> addresses) {
  for (const ListenAddress& address : addresses) {
    if (!is_open_to_others(address)) continue;
    spdlog::warn("whoever reaches {} controls this router: the API asks for no password",
                 to_string(address));
  }
}

Result<ConfigurationFile> read_file(const std::string& path) {
  if (path.empty()) return ConfigurationFile{};
  return read_configuration_file(path);
}

Result<std::unique_ptr<ApiServer>> bind_api(const RouterSettings& settings) {
  std::vector<ListenAddress> addresses;
  if (settings.listen != kListenNone) {
    auto address = parse_listen_address(settings.listen);
    if (!address) return address.error();
    addresses.push_back(*std::move(address));
  }
  addresses.push_back(SocketPath{settings.socket});
  return ApiServer::bind(addresses);
}

// A pin that is swept as often as it may be has been idle for that long; without pins, never.
std::chrono::milliseconds sweep_interval(uint32_t memory_mib, uint32_t idle_s) {
  if (memory_mib == 0) return {};
  return std::chrono::milliseconds(std::chrono::seconds(idle_s)) / kPinSweeps;
}

// At the first start the file makes the first generation; after that the store rules.
Result<void> seed_store(Controller& controller, const ConfigurationFile& file, bool dry_run) {
  const ChangeReport report = controller.change(
      [&](Configuration& configuration) {
        configuration = file.configuration;
        return done({});
      },
      {.cause = "start with " + file.name, .dry_run = dry_run});
  // What the log has is tried again, as after any change: the data plane's failure was logged.
  if (report.outcome.ok() || report.changed) return {};
  return Error{located(file, {report.outcome.where, report.outcome.message})};
}

void tell_if_it_differs(const Controller& controller, const ConfigurationFile& file) {
  if (controller.view().state->configuration == file.configuration) return;
  spdlog::info(
      "{} differs from the generation in force, which stays: `ricochet apply {}` changes it",
      file.name, file.name);
}

// Serves until a signal comes. False: the API stopped by itself.
bool serve(ApiServer& server, Controller& controller, DaemonFacts facts, const StopSignals& stop) {
  // Shared: the server lives longer than this call and may still say so.
  const auto lost = std::make_shared<std::atomic<bool>>(false);
  server.start(controller, std::move(facts), [lost] {
    *lost = true;
    ::kill(::getpid(), SIGTERM);
  });
  warn_if_open_to_others(server.addresses());
  std::vector<std::string> places;
  for (const ListenAddress& address : server.addresses()) places.push_back(to_string(address));
  const View view = controller.view();
  spdlog::info("ready on {}, generation {}", fmt::join(places, " and "), view.state->generation);
  // The flush says how many lines were left out.
  while (!stop.wait_for(kFlushInterval)) spdlog::default_logger_raw()->flush();
  return !*lost;
}

Result<Trace> trace_through(const RouterDataplane& router, const TracedPacket& packet,
                            const TraceNames& names) {
  const auto tables = router.live_tables();
  if (!tables) return tables.error();
  return trace_packet(**tables, packet, names);
}

Result<std::unique_ptr<RouterDataplane>> open_dataplane(const RouterSettings& settings,
                                                        const RouterArguments& arguments) {
  return RouterDataplane::open({.ports = settings.ports,
                                .backend_ports = settings.backend_ports,
                                .state_dir = arguments.state_dir,
                                .seed = settings.seed,
                                .table_memory_mib = settings.table_memory_mib,
                                .pin_memory_mib = settings.pin_memory_mib,
                                .flow_memory_mib = settings.flow_memory_mib,
                                .source_prefix_ipv4_bits = settings.source_prefix_ipv4_bits,
                                .source_prefix_ipv6_bits = settings.source_prefix_ipv6_bits,
                                .answer_echo = settings.answer_echo,
                                .forward_by_fib = settings.forward_other == ForwardOther::fib,
                                .allow_loss = arguments.daemon.allow_loss});
}

Result<void> run_router(const RouterArguments& arguments) {
  if (::geteuid() != 0) {
    return error("a router loads programs into the kernel: run it as root, with sudo");
  }
  const StopSignals stop;
  const std::filesystem::path state_dir(arguments.state_dir);
  auto file = read_file(arguments.config);
  if (!file) return file.error();
  auto settings = resolve_settings(arguments.section, file->router, state_dir);
  if (!settings) return settings.error();

  // Everything that can be refused comes before the first effect on the network.
  auto lock = StateLock::acquire(state_dir);
  if (!lock) return lock.error();
  auto server = bind_api(*settings);
  if (!server) return server.error();
  auto store = GenerationStore::open(state_dir / kStoreName, settings->seed);
  if (!store) return store.error();
  const bool seeds = !arguments.config.empty() && store->empty();
  auto recovered = store->load();
  if (!recovered) return recovered.error();

  // What a first start has pinned until it fails it takes back, and so also off the ports.
  const auto state = StateDir::create(state_dir);
  if (!state) return state.error();
  PinsGuard pins(*state);
  auto dataplane = open_dataplane(*settings, arguments);
  if (!dataplane) return dataplane.error();
  Controller controller(
      *std::move(store), *std::move(recovered), **dataplane,
      {.table = arguments.table,
       .settle_duration = std::chrono::milliseconds(settings->settle_ms),
       .pin_sweep_interval = sweep_interval(settings->pin_memory_mib, settings->pin_idle_s),
       .flow_sweep_interval = sweep_interval(settings->flow_memory_mib, settings->flow_idle_s)});
  if (seeds) {
    if (auto accepted = seed_store(controller, *file, true); !accepted) return accepted;
  }
  // From here on nobody may unmount: a failure leaves the bpffs, empty.
  if (auto kept = keep_capabilities(kCapabilities); !kept) return kept.error();
  auto watch = NetworkWatch::open((*dataplane)->ports(), settings->learn_neighbours);
  if (!watch) return watch.error();
  if (auto started = controller.start((*watch)->learned()); !started) return started;
  if (seeds) {
    if (auto seeded = seed_store(controller, *file, false); !seeded) return seeded;
  } else if (!arguments.config.empty()) {
    tell_if_it_differs(controller, *file);
  }
  pins.keep();
  (*watch)->start(controller);
  spdlog::info("ports {}", describe_ports(**dataplane));

  const bool stopped =
      serve(**server, controller,
            {.settings = to_json(*settings),
             .version = RICOCHET_VERSION,
             .read_status = [state_dir] { return read_status(state_dir); },
             .trace_packet =
                 [&router = **dataplane](const TracedPacket& packet, const TraceNames& names) {
                   return trace_through(router, packet, names);
                 }},
            stop);
  server->reset();
  watch->reset();
  controller.wait_until_settled();
  if (!stopped) {
    return error("the API cannot listen any more; the data plane forwards on, start again");
  }
  return end_dataplane(state_dir, arguments.daemon);
}

}  // namespace

void register_router(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<RouterArguments>();
  CLI::App* command =
      app.add_subcommand("router", "Run a load balancer: spread connections over servers");
  add_router_options(*command, *arguments);
  command->callback([arguments, &exit_code] {
    if (const auto valid = check_table_options(*arguments); !valid) {
      throw CLI::ValidationError("--buckets", valid.error().message);
    }
    start_log(arguments->daemon);
    const auto done = run_router(*arguments);
    if (done) return;
    spdlog::error("{}", done.error().message);
    exit_code = ExitCode::refused;
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// ricochet-bench: what a packet costs in the programs of the router and the agent (group packet),
// and what a change costs the control plane (group table).
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "agent_cases.h"
#include "measure.h"
#include "option_cases.h"
#include "report.h"
#include "router_cases.h"
#include "sockets.h"
#include "table_cases.h"
#include "table_report.h"
#include "test_run.h"

namespace ricochet::bench {
namespace {

struct Options {
  std::string only = "packet";
  std::string json_file;
  bool quick = false;
};

// Loads the programs and measures; they and their sockets live until it returns.
Result<Measurement> bench(const Options& options) {
  if (auto entered = enter_private_namespace(); !entered) return entered.error();
  auto harness = TestRun::load();
  if (!harness) return harness.error();
  auto plain = RouterBench::load(RouterBench::Kind::no_history, *harness);
  if (!plain) return plain.error();
  auto router = RouterBench::load(RouterBench::Kind::history, *harness);
  if (!router) return router.error();
  // Of its own: it pins the flows that it gets.
  auto bounced = RouterBench::load(RouterBench::Kind::history, *harness);
  if (!bounced) return bounced.error();
  auto pinned = RouterBench::load(RouterBench::Kind::pinned, *harness);
  if (!pinned) return pinned.error();
  auto options_on = OptionBench::load(*harness);
  if (!options_on) return options_on.error();
  auto agent = AgentBench::load(*harness);
  if (!agent) return agent.error();

  std::vector<PacketCase> cases;
  for (uint32_t flows : kFlowCounts) cases.push_back(harness->floor_l2(flows));
  const size_t floors = cases.size();
  const auto add = [&](auto make_case) {
    for (uint32_t flows : kFlowCounts) {
      PacketCase packet_case = make_case(flows);
      if (("packet/" + packet_case.name).starts_with(options.only)) {
        cases.push_back(std::move(packet_case));
      }
    }
  };
  add([&](uint32_t flows) { return plain->client_packet(flows); });
  add([&](uint32_t flows) { return router->client_packet(flows); });
  add([&](uint32_t flows) { return router->any_port_packet(flows); });
  add([&](uint32_t flows) { return bounced->bounced_packet(flows); });
  add([&](uint32_t flows) { return pinned->client_packet(flows); });
  add([&](uint32_t flows) { return pinned->unpinned_packet(flows); });
  add([&](uint32_t flows) { return options_on->ipv6_packet(flows); });
  add([&](uint32_t flows) { return options_on->tagged_packet(flows); });
  add([&](uint32_t flows) { return options_on->first_fragment(flows); });
  add([&](uint32_t flows) { return options_on->datagram(flows); });
  add([&](uint32_t flows) { return options_on->datagram_by_source(flows); });
  add([&](uint32_t flows) { return options_on->kept_datagram(flows); });
  add([&](uint32_t flows) { return options_on->quic_datagram(flows); });
  add([&](uint32_t flows) { return options_on->routed_packet(flows); });
  add([&](uint32_t flows) { return options_on->echo_request(flows); });
  add([&](uint32_t flows) { return agent->established(flows); });
  add([&](uint32_t flows) { return agent->syn(flows); });
  add([&](uint32_t flows) { return agent->listener_only(flows); });
  add([&](uint32_t flows) { return agent->no_socket(flows); });
  if (cases.size() == floors) {
    return error("there is no case whose name begins with {}", options.only);
  }

  const bool terminal = isatty(STDERR_FILENO);
  return measure(*harness, cases, options.quick ? kQuickEffort : kFullEffort, [&](double share) {
    if (terminal) fmt::print(stderr, "\rmeasuring: {:3.0f} %", 100 * share);
    if (terminal && share >= 1) fmt::print(stderr, "\r\x1b[K");
  });
}

Result<void> report(const Options& options, const std::string& text, const std::string& json) {
  fmt::print("{}", text);
  if (options.json_file.empty()) return {};
  std::ofstream file(options.json_file);
  file << json << std::flush;
  if (!file) return error("cannot write {}", options.json_file);
  return {};
}

Result<void> run_packet_group(const Options& options) {
  auto measurement = bench(options);
  if (!measurement) return measurement.error();
  return report(options, format_table(*measurement), format_json(*measurement));
}

Result<void> run_table_group(const Options& options) {
  auto rows = measure_tables(options.only, options.quick);
  if (!rows) return rows.error();
  return report(options, format_rows(*rows), format_rows_json(*rows));
}

int run(const Options& options) {
  // What libbpf says besides errors is of no use here.
  libbpf_set_print([](libbpf_print_level level, const char* format, va_list arguments) {
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
  });
  auto done =
      options.only.starts_with("table") ? run_table_group(options) : run_packet_group(options);
  if (done) return 0;
  fmt::print(stderr, "ricochet-bench: {}\n", done.error().message);
  return 1;
}

}  // namespace
}  // namespace ricochet::bench

int main(int argc, char** argv) {
  ricochet::bench::Options options;
  CLI::App app(
      "Measures what a packet costs in the programs, in ns, and a change of tables, in ms.",
      "ricochet-bench");
  app.add_option(
      "--only", options.only,
      "Only the cases whose name begins so: packet, packet/router, packet/agent/syn ..., or table, "
      "table/build, table/publish, table/apply ...; with ./run bench also: verifier, and --update "
      "writes it to bench/verifier.txt");
  app.add_flag("--quick", options.quick, "Shorter segments: half a minute");
  app.add_option("--json", options.json_file, "Write the figures to this file, too");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& parse_error) {
    return app.exit(parse_error) == 0 ? 0 : 2;
  }
  return ricochet::bench::run(options);
}

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet simulate`: what churn of a fleet costs its connections, under Ricochet and others. Asks
// nobody.
#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>

#include "cli/answer.h"
#include "cli/simulation_report.h"
#include "simulate/simulation.h"

namespace ricochet {
namespace {

constexpr uint64_t kFlowsMax = 100'000'000;
constexpr size_t kBackendsMin = 10;
constexpr uint32_t kBucketsMin = 1 << 16;
constexpr uint32_t kSimulatedBucketsMax = 1 << 22;  // their history takes memory for each change
constexpr uint64_t kEntriesMax = 1'000'000'000;

struct SimulateArguments {
  uint64_t flows = 10'000'000;
  SchemeOptions scheme{.backends = 1000,
                       .buckets = kBucketsMin,
                       .connection_entries = 8'000'000,
                       .pin_entries = 1'000'000};
  std::vector<std::string> churns = churn_names();
  std::vector<std::string> schemes = scheme_names();
  uint64_t seed = 1;
  std::string csv;  // empty: none
  bool json = false;
};

Result<void> write_file(const std::string& path, const std::string& text, std::ios::openmode how) {
  std::ofstream file(path, std::ios::binary | how);
  if (file << text && file.flush()) return {};
  return error("cannot write {}: {}", path, std::strerror(errno));
}

Result<Answer> run_simulation(const SimulateArguments& arguments) {
  // What cannot be written is said before the work is done; what is there already stays until then.
  if (!arguments.csv.empty()) {
    if (const auto writable = write_file(arguments.csv, "", std::ios::app); !writable) {
      return writable.error();
    }
  }
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  const std::vector<Flow> flows = make_flows(arguments.flows, kSimulatedTimeS, arguments.seed);
  std::vector<ChurnReport> reports;
  for (const std::string& name : arguments.churns) {
    const auto changes = make_churn(*parse_churn(name), arguments.scheme.backends, arguments.seed);
    reports.push_back(
        {.churn = name,
         .changes = changes.size() - 1,
         .results = simulate(flows, changes, arguments.schemes, arguments.scheme, threads)});
  }
  if (!arguments.csv.empty()) {
    if (const auto written = write_file(arguments.csv, simulation_csv(reports), std::ios::trunc);
        !written) {
      return written.error();
    }
  }
  return Answer{.json = {{"churns", simulation_json(reports)}}, .text = simulation_text(reports)};
}

std::string check_buckets(const std::string& text) {
  uint32_t buckets = 0;
  if (CLI::detail::lexical_cast(text, buckets) && std::has_single_bit(buckets) &&
      buckets >= kBucketsMin && buckets <= kSimulatedBucketsMax) {
    return {};
  }
  return fmt::format("'{}' is no power of two from {} to {}", text, kBucketsMin,
                     kSimulatedBucketsMax);
}

// A negative number would be taken for a large one.
std::string check_seed(const std::string& text) {
  uint64_t seed = 0;
  if (text.find('-') == std::string::npos && CLI::detail::lexical_cast(text, seed)) return {};
  return fmt::format("'{}' is no whole number from 0 to {}", text, UINT64_MAX);
}

// So that ten million can be written as 10M.
CLI::Validator with_suffix() {
  const std::map<std::string, uint64_t> suffixes = {{"k", 1'000}, {"M", 1'000'000}};
  return CLI::AsNumberWithUnit(
      suffixes, CLI::AsNumberWithUnit::Options(CLI::AsNumberWithUnit::CASE_SENSITIVE |
                                               CLI::AsNumberWithUnit::UNIT_OPTIONAL));
}

void add_number(CLI::App& command, const std::string& name, uint64_t& number,
                const std::string& description, uint64_t max) {
  command
      .add_option(name, number,
                  fmt::format("{}, 1 to {}; k and M for 10^3, 10^6", description, max))
      ->type_name("N")
      ->transform(with_suffix().description(""))
      ->check(CLI::Range(uint64_t{1}, max).description(""))
      ->capture_default_str();
}

void add_choices(CLI::App& command, const std::string& name, std::vector<std::string>& chosen,
                 const std::string& description) {
  const std::vector<std::string> choices = chosen;
  command.add_option(name, chosen, description + "; more of them with commas (default: all)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(choices));
}

}  // namespace

void register_simulate(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* command = app.add_subcommand(
      "simulate", "Simulate what churn of servers costs connections, also under other balancers");
  command
      ->add_option("--backends", arguments->scheme.backends,
                   fmt::format("Servers, {} to {}", kBackendsMin, kBackendsMax))
      ->type_name("N")
      ->check(CLI::Range(kBackendsMin, kBackendsMax).description(""))
      ->capture_default_str();
  add_number(*command, "--flows", arguments->flows,
             "Connections that begin in half an hour (630 MiB for 10M)", kFlowsMax);
  command
      ->add_option("--buckets", arguments->scheme.buckets,
                   fmt::format("Of a table, a power of two from {} to {}", kBucketsMin,
                               kSimulatedBucketsMax))
      ->type_name("N")
      ->check(CLI::Validator(check_buckets, ""))
      ->capture_default_str();
  add_choices(*command, "--churn", arguments->churns, "How servers come and go");
  add_choices(*command, "--scheme", arguments->schemes, "The balancer");
  add_number(*command, "--connection-entries", arguments->scheme.connection_entries,
             "Of the connection table of maglev-table", kEntriesMax);
  add_number(*command, "--pin-entries", arguments->scheme.pin_entries,
             "Of the table of pins of history-4-pins", kEntriesMax);
  command
      ->add_option("--seed", arguments->seed,
                   "The same seed and options give the same figures; a 64-bit number")
      ->type_name("N")
      ->check(CLI::Validator(check_seed, ""))
      ->capture_default_str();
  command->add_option("--csv", arguments->csv, "Write all figures there, a line for each scheme")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      describe_schemes() +
      "LOST: connections whose server lives. WITH SERVER: whose server died. BOUNCED: packets "
      "that\n"
      "did not find their server at once; AT MOST: in a half minute. EVICTED: owners that buckets\n"
      "forgot. PEAK LOAD: of the busiest server, times the mean. IDLE: servers without a bucket.\n"
      "Example: ricochet simulate --flows 1M --churn flap --scheme ecmp,history-4");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->json, [&] { return run_simulation(*arguments); });
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "cli/router_options.h"

#include "api/listen_address.h"
#include "cli/router_settings.h"
#include "net/prefix.h"

namespace ricochet {
namespace {

// Of an option whose value is one of the model's choices.
template <class Value>
void add_choice(CLI::App& command, const char* name, Value& value,
                Result<Value> (*parse)(std::string_view), const char* help) {
  command
      .add_option_function<std::string>(
          name,
          [&value, parse, name](const std::string& text) {
            const auto parsed = parse(text);
            if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
            value = *parsed;
          },
          help)
      ->default_str(to_string(value))
      ->type_name("NAME");
}

CLI::Option* add_ports(CLI::App& command, const char* name,
                       std::optional<std::vector<std::string>>& ports, const char* help) {
  return command.add_option(name, ports, help)
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
}

std::string check_listen(const std::string& text) {
  if (text == kListenNone) return {};
  const auto parsed = parse_listen_address(text);
  return parsed ? std::string() : parsed.error().message + ", or none";
}

void add_traffic_options(CLI::App& command, RouterSection& section) {
  command
      .add_option("--flow-memory-mib", section.flow_memory_mib,
                  "For the flows of UDP that services keep: 131,072 a MiB (default 8); 0: none is "
                  "kept")
      ->check(CLI::Range(uint32_t{0}, kFileFlowMemoryMaxMib));
  command
      .add_option("--flow-idle-s", section.flow_idle_s,
                  "How long a flow is kept that has no packet (default 120)")
      ->check(CLI::Range(kFileFlowIdleMinS, kFileFlowIdleMaxS));
  command
      .add_option("--source-prefix-ipv4-bits", section.source_prefix_ipv4_bits,
                  "Of a client's address, for services with affinity source-prefix; the same on "
                  "all routers of a fleet (default 24)")
      ->check(CLI::Range(1u, kIpv4Bits));
  command
      .add_option("--source-prefix-ipv6-bits", section.source_prefix_ipv6_bits,
                  "The same of IPv6 (default 56)")
      ->check(CLI::Range(1u, kIpv6Bits));
  command.add_option("--answer-echo", section.answer_echo,
                     "Answer ICMP echo to addresses that have services by port (default true)");
  command
      .add_option_function<std::string>(
          "--forward-other",
          [&section](const std::string& text) {
            section.forward_other = *parse_forward_other(text);
          },
          "What is to no service: kernel (its own, the default), or fib (sent on in XDP by the "
          "kernel's routes, past netfilter)")
      ->check(CLI::IsMember({"kernel", "fib"}));
}

void add_section_options(CLI::App& command, RouterSection& section) {
  add_ports(command, "--ports", section.ports,
            "Interfaces to forward between, with commas (needed here or in the file)");
  add_ports(command, "--backend-ports", section.backend_ports,
            "Of these, the ones where only servers are: a forged mark from there is dropped");
  command
      .add_option("--listen", section.listen,
                  "Where the API listens besides its Unix socket, or none (default "
                  "127.0.0.1:5000: whoever is on this machine controls the router)")
      ->check(CLI::Validator(check_listen, "ADDRESS:PORT|unix:PATH|none"));
  command.add_option("--socket", section.socket,
                     "Unix socket of the API (default: api.sock in the state directory)");
  command.add_option("--seed", section.seed,
                     "Of the flow hash; the same on all routers of a fleet (default 0)");
  command
      .add_option("--settle-ms", section.settle_ms,
                  "How long after a change a packet that no owner takes is dropped, not refused "
                  "(default 1000)")
      ->check(CLI::Range(uint32_t{0}, kFileSettleMaxMs));
  command
      .add_option("--table-memory-mib", section.table_memory_mib,
                  "For the tables of all pools, old and new while they change (default 32)")
      ->check(CLI::Range(uint32_t{1}, kFileTableMemoryMaxMib));
  command
      .add_option("--pin-memory-mib", section.pin_memory_mib,
                  "For pins, which spare the packets of a moved connection the bounce: 131,072 a "
                  "MiB (default 8); 0: each packet of a moved connection is bounced")
      ->check(CLI::Range(uint32_t{0}, kFilePinMemoryMaxMib));
  command
      .add_option("--pin-idle-s", section.pin_idle_s,
                  "How long a pin is kept that no packet uses (default 300)")
      ->check(CLI::Range(kFilePinIdleMinS, kFilePinIdleMaxS));
  command.add_option("--learn-neighbours", section.learn_neighbours,
                     "Follow the kernel's neighbour table and have backends resolved (default "
                     "true); with false only static neighbours count");
}

void add_table_options(CLI::App& command, TableOptions& table) {
  constexpr const char* kGroup = "Pools that `ricochet route` makes";
  add_choice(command, "--placement", table.placement, parse_placement,
             "Which server a bucket gets: maglev (few buckets move, weights), or modulo (the "
             "ECMP-ER paper's, and plain ECMP)");
  add_choice(command, "--history", table.history, parse_history,
             "What a bucket remembers: distinct (its last four owners), two-tables (the previous "
             "one, as in the paper), none");
  add_choice(command, "--mark", table.mark, parse_mark,
             "How a bounced packet is marked, as at the agents: dscp, or ecmp-er (the paper's ToS "
             "0x01)");
  command.add_option("--buckets", table.buckets, "Of a maglev table, a power of two")
      ->capture_default_str();
  for (const char* name : {"--placement", "--history", "--mark", "--buckets"}) {
    command.get_option(name)->group(kGroup);
  }
}

}  // namespace

void add_router_options(CLI::App& command, RouterArguments& arguments) {
  command
      .add_option("--config", arguments.config,
                  "Configuration file: its router section at each start, all else at the first")
      ->type_name("FILE");
  command.add_option("--state", arguments.state_dir, "Directory of its pins and its generations")
      ->capture_default_str();
  add_section_options(command, arguments.section);
  add_traffic_options(command, arguments.section);
  add_table_options(command, arguments.table);
  add_daemon_options(command, arguments.daemon);
  command.footer(
      "Runs in the foreground as root and says `ready` when the API listens. SIGTERM ends the\n"
      "daemon and leaves the data plane forwarding; the next daemon takes it over. The command\n"
      "line goes before the router section of the file. The seed stays what it was when the first\n"
      "generation was made.\n"
      "Examples:\n"
      "  ricochet router --config /etc/ricochet/router.yaml\n"
      "  ricochet router --ports veth100,veth101,veth102 --state /var/lib/ricochet/router");
}

Result<void> check_table_options(const RouterArguments& arguments) {
  const Configuration sample{.pools = {{"sample", {.table = arguments.table, .backends = {}}}},
                             .services = {},
                             .neighbours = {}};
  if (const auto found = find_invalid(sample)) return error("{}", found->message);
  return {};
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// `ricochet capture`: shows the packets that XDP handles, which other tools do not see.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "capture/filter.h"
#include "capture/packet_line.h"
#include "capture/packet_summary.h"
#include "capture/pcapng_writer.h"
#include "capture/record_joiner.h"
#include "cli/json_line.h"
#include "cli/subcommands.h"
#include "dataplane/tap.h"
#include "util/signals.h"

namespace ricochet {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
constexpr Milliseconds kRound{100};  // how long a signal goes unseen at most
constexpr std::string_view kStandardOutput = "-";

struct CaptureOptions {
  std::string state_dir = "/var/lib/ricochet/router";
  std::string file;  // empty: lines
  std::string service;
  std::string tuple;
  uint64_t count = 0;       // 0: no end
  uint32_t duration_s = 0;  // 0: no end
  bool json = false;
};

uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

std::string packet_json(const CapturedPacket& packet, const std::string& interface_name) {
  nlohmann::ordered_json json = {
      {"time_ns", packet.time_ns},
      {"interface", interface_name},
      {"direction", packet.direction == PacketDirection::out ? "out" : "in"},
      {"verdict", nullptr},
      {"packet_bytes", packet.packet_bytes},
  };
  if (packet.verdict) json["verdict"] = packet.verdict->name;
  if (const auto summary = summarise(packet.bytes)) {
    json["source_mac"] = summary->source_mac.to_string();
    json["destination_mac"] = summary->destination_mac.to_string();
    json["ethertype"] = summary->ethertype;
    if (const auto& ip = summary->ip) {
      json["source"] = ip->source.to_string();
      json["destination"] = ip->destination.to_string();
      json["protocol"] = ip->protocol;
      json["tos"] = ip->tos;
      json["ttl"] = ip->ttl;
    }
    if (const auto& ports = summary->ports) {
      json["source_port"] = ports->source;
      json["destination_port"] = ports->destination;
    }
    if (const auto& quote = summary->quote) {
      json["quote"] = {{"source", quote->source.to_string()},
                       {"destination", quote->destination.to_string()},
                       {"protocol", quote->protocol}};
      if (const auto& ports = quote->ports) {
        json["quote"]["source_port"] = ports->source;
        json["quote"]["destination_port"] = ports->destination;
      }
    }
    if (const auto& tcp = summary->tcp) {
      json["flags"] = format_tcp_flags(tcp->flags);
      json["sequence"] = tcp->sequence;
      json["acknowledgement"] = tcp->acknowledgement;
      json["payload_bytes"] = tcp->payload_bytes;
    }
  }
  return json_line(json);
}

// Where packets go: a pcapng file or standard output; lines of text or JSON on standard output.
class PacketOutput {
 public:
  static Result<std::unique_ptr<PacketOutput>> open(const CaptureOptions& options, const Tap& tap) {
    std::unique_ptr<PacketOutput> output(new PacketOutput(options, tap));
    if (options.file.empty()) return output;
    if (options.file != kStandardOutput) {
      output->file_.open(options.file, std::ios::binary | std::ios::trunc);
      if (!output->file_) return error("cannot write {}: {}", options.file, strerror(errno));
    }
    std::ostream& stream = options.file == kStandardOutput ? std::cout : output->file_;
    output->pcapng_.emplace(stream, [&tap](uint32_t i) { return tap.interface_name(i); });
    return output;
  }

  void write(const CapturedPacket& packet) {
    if (pcapng_) pcapng_->write(packet);
    const std::string interface = tap_.interface_name(packet.ifindex);
    if (options_.json) {
      std::cout << packet_json(packet, interface);
    } else if (!pcapng_) {
      std::cout << format_packet_line(packet, interface) << '\n';
    }
  }

  // So that a reader sees packets as they come.
  Result<void> flush() {
    if (file_.is_open() && !file_.flush()) {
      return error("cannot write {}: {}", options_.file, strerror(errno));
    }
    if (!std::cout.flush()) return error("cannot write to standard output: {}", strerror(errno));
    return {};
  }

 private:
  PacketOutput(const CaptureOptions& options, const Tap& tap) : options_(options), tap_(tap) {}

  const CaptureOptions& options_;
  const Tap& tap_;
  std::ofstream file_;
  std::optional<PcapngWriter> pcapng_;
};

rch_tap_filter filter_of(const CaptureOptions& options) {
  // The texts were checked when they were read.
  if (!options.service.empty()) return *parse_service_filter(options.service);
  if (!options.tuple.empty()) return *parse_tuple_filter(options.tuple);
  return {};
}

std::string describe(const CaptureOptions& options) {
  if (!options.service.empty()) return "packets of " + options.service;
  if (!options.tuple.empty()) return "packets of " + options.tuple;
  return "all packets";
}

// Shows packets until one of the ends that the user asked for.
Result<void> show_packets(Tap& tap, PacketOutput& output, const CaptureOptions& options) {
  uint64_t captured = 0;
  const auto enough = [&] { return options.count != 0 && captured == options.count; };
  const TapProgram program = tap.of_router() ? TapProgram::router : TapProgram::agent;
  const uint64_t unix_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
  RecordJoiner joiner(program, unix_offset_ns, [&](const CapturedPacket& packet) {
    if (enough()) return;
    output.write(packet);
    ++captured;
  });
  const auto show = [&](Milliseconds wait, Clock::time_point end) -> Result<void> {
    const auto polled =
        tap.poll(static_cast<int>(wait.count()), [&](const auto& record, auto bytes) {
          joiner.add(record, bytes);
          return !enough() && Clock::now() < end;
        });
    return polled ? output.flush() : polled;
  };

  const StopSignals stop;
  if (auto enabled = tap.enable(filter_of(options)); !enabled) return enabled;
  fmt::print(stderr, "capturing on {}: {}\n", options.state_dir, describe(options));
  const auto deadline = options.duration_s == 0
                            ? Clock::time_point::max()
                            : Clock::now() + std::chrono::seconds(options.duration_s);
  Result<void> result;
  while (result && !enough() && Clock::now() < deadline && !stop.wait_for({})) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    const auto wait = std::clamp(left, Milliseconds(0), kRound);
    result = show(wait, Clock::now() + wait);
  }

  tap.disable();
  // What came before the end is shown, too; it is no more than the ring holds.
  if (result) result = show(Milliseconds(0), Clock::time_point::max());
  joiner.flush();
  if (result) result = output.flush();
  fmt::print(stderr, "{} packets captured, {} lost\n", captured, tap.lost());
  return result;
}

Result<void> capture(const CaptureOptions& options) {
  auto tap = Tap::open(options.state_dir);
  if (!tap) return tap.error();
  auto output = PacketOutput::open(options, **tap);
  if (!output) return output.error();
  // A reader of the output that goes away is an error like others: the tap must be switched off.
  std::signal(SIGPIPE, SIG_IGN);
  return show_packets(**tap, **output, options);
}

// Checks for CLI11: what is wrong with the text, or nothing.
std::string check_positive(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  const bool not_zero = text.find_first_not_of('0') != std::string::npos;
  return digits && not_zero ? "" : fmt::format("'{}' is no whole number from 1 on", text);
}

template <class Parse>
auto check_with(Parse parse) {
  return [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
}

}  // namespace

void register_capture(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<CaptureOptions>();
  CLI::App* command = app.add_subcommand(
      "capture",
      "Show the packets that a router or an agent handles, each as it came with its verdict\n"
      "and as it left. Ends with SIGINT, --count or --duration-s.");
  command->add_option("--state", options->state_dir, "State directory of the router or agent")
      ->type_name("DIR")
      ->capture_default_str();
  command
      ->add_option("-w,--write", options->file,
                   "Write a pcapng file for Wireshark, - is standard output; without this, "
                   "packets are printed a line each")
      ->type_name("FILE");
  auto* service = command->add_option("--service", options->service, "Only packets to or from it");
  service->type_name("ADDRESS[:PORT]")->check(check_with(parse_service_filter));
  command->add_option("--tuple", options->tuple, "Only packets of this flow, in both directions")
      ->type_name("ADDRESS:PORT,ADDRESS:PORT")
      ->check(check_with(parse_tuple_filter))
      ->excludes(service);
  command->add_option("--count", options->count, "End after this many packets")
      ->type_name("N")
      ->check(check_positive);
  command->add_option("--duration-s", options->duration_s, "End after this many seconds")
      ->type_name("N")
      ->check(check_positive);
  command->add_flag("--json", options->json, "Print packets as one JSON object a line");
  command->footer(
      "--service and --tuple show also ICMP errors about the packets that they ask for: such an\n"
      "error is from and to other addresses, and its line says what it is about. A fragment that "
      "is\n"
      "not the first of its packet tells no port, so a filter with one does not show it.\n"
      "Example: ricochet capture --state /var/lib/ricochet/agent --service 10.0.10.0:80 -w - | "
      "wireshark -k -i -");
  command->callback([options, &exit_code] {
    if (options->json && options->file == kStandardOutput) {
      throw CLI::ValidationError("--json", "standard output is taken by -w -");
    }
    const auto result = capture(*options);
    if (result) return;
    exit_code = ExitCode::refused;
    if (options->json) {
      std::cout << json_line({{"ok", false}, {"message", result.error().message}});
    } else {
      std::cerr << "ricochet capture: " << result.error().message << '\n';
    }
  });
}

}  // namespace ricochet

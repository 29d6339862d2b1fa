// SPDX-License-Identifier: Apache-2.0
//
// `ricochet trace`: what the router would do with a packet, step by step.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "cli/answer.h"
#include "cli/api_client.h"
#include "net/endpoint.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

struct TraceArguments {
  ApiOptions api;
  std::string source;
  std::string destination;
  std::string protocol = "tcp";
  uint32_t attempt = 0;
  bool opens = false;
};

std::string check_endpoint(const std::string& text) {
  const EndpointText parts = split_endpoint(text);
  const std::string_view digits = parts.port.value_or(std::string_view());
  const char* const end = digits.data() + digits.size();
  uint16_t port = 0;
  const bool has_port = !digits.empty() && std::from_chars(digits.data(), end, port) ==
                                               std::from_chars_result{end, {}};
  const auto address = Address::parse(parts.address);
  if (address && has_port) return {};
  return fmt::format(
      "'{}': write an address and a port, as in 10.0.1.99:1234 or [2001:db8::9]:1234", text);
}

Result<Answer> trace(const TraceArguments& arguments) {
  const auto traced =
      get_json(arguments.api,
               fmt::format("/v1/trace?source={}&destination={}&protocol={}&attempt={}&opens={}",
                           arguments.source, arguments.destination, arguments.protocol,
                           arguments.attempt, arguments.opens));
  if (!traced) return traced.error();
  size_t width = 0;
  for (const auto& step : traced->at("steps")) {
    width = std::max(width, step.at("step").get_ref<const std::string&>().size());
  }
  std::string text;
  for (const auto& step : traced->at("steps")) {
    text += fmt::format("{:<{}}  {}\n", step.at("step").get<std::string>(), width,
                        step.at("text").get<std::string>());
  }
  return Answer{.json = *traced, .text = std::move(text)};
}

}  // namespace

void register_trace(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command = app.add_subcommand(
      "trace", "Show step by step what the router would do with a packet; sends nothing");
  const CLI::Validator endpoint(check_endpoint, "");
  command->add_option("SOURCE", arguments->source, "ADDRESS:PORT of the client")
      ->required()
      ->type_name("")
      ->check(endpoint);
  command->add_option("DESTINATION", arguments->destination, "ADDRESS:PORT of the service")
      ->required()
      ->type_name("")
      ->check(endpoint);
  command->add_option("PROTOCOL", arguments->protocol, "Of the packet")
      ->check(CLI::IsMember({"tcp", "udp"}))
      ->capture_default_str();
  command->add_option("--attempt", arguments->attempt, "How often it was bounced before")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--opens", arguments->opens, "It opens a connection: a TCP SYN without ACK");
  add_api_options(*command, arguments->api);
  command->footer("Example: ricochet trace 10.0.1.99:1234 10.0.10.0:80 tcp --attempt 1");
  command->callback([arguments, &exit_code] {
    exit_code = print_answer(arguments->api.json, [&] { return trace(*arguments); });
  });
}

}  // namespace ricochet

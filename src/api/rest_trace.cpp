// SPDX-License-Identifier: Apache-2.0
#include "api/rest_trace.h"

#include <algorithm>

#include "api/parameters.h"
#include "net/endpoint.h"

namespace ricochet {
namespace {

struct Endpoint {
  Address address;
  uint16_t port = 0;
};

Result<Endpoint> find_endpoint(const Parameters& parameters, const char* name) {
  auto text = find_once(parameters, name);
  if (!text) return text.error();
  if (!text->has_value()) return error("give {} as an address and a port, 10.0.1.99:1234", name);
  const EndpointText parts = split_endpoint(**text);
  auto address = Address::parse(parts.address);
  if (!address) return address.error();
  auto port = parse_number("port", parts.port.value_or(std::string_view()), 0, UINT16_MAX);
  if (!port) return port.error();
  return Endpoint{.address = *address, .port = static_cast<uint16_t>(*port)};
}

Result<Protocol> find_protocol(const Parameters& parameters) {
  auto text = find_once(parameters, "protocol");
  if (!text) return text.error();
  if (!text->has_value()) return Protocol::tcp;
  const auto protocol = parse_protocol(**text);
  if (protocol && *protocol != Protocol::any) return *protocol;
  return error("protocol '{}': write tcp or udp", **text);
}

Result<TracedPacket> parse_packet(const Parameters& parameters) {
  const auto source = find_endpoint(parameters, "source");
  if (!source) return source.error();
  const auto destination = find_endpoint(parameters, "destination");
  if (!destination) return destination.error();
  const auto protocol = find_protocol(parameters);
  if (!protocol) return protocol.error();
  const auto attempt = find_number(parameters, "attempt", 0, kAttemptMax);
  if (!attempt) return attempt.error();
  const auto opens = find_flag(parameters, "opens");
  if (!opens) return opens.error();
  const TracedPacket packet{.source = source->address,
                            .source_port = source->port,
                            .destination = destination->address,
                            .destination_port = destination->port,
                            .protocol = *protocol,
                            .opens = *opens,
                            .attempt = static_cast<uint32_t>(attempt->value_or(0))};
  if (auto checked = check_traced(packet); !checked) return checked.error();
  return packet;
}

std::string pool_name(const RouterState& state, PoolIndex index) {
  const auto found = std::ranges::find_if(
      state.pools, [index](const auto& pool) { return pool.second.index == index; });
  return found == state.pools.end() ? std::to_string(index) : found->first;
}

// A number that is not the state's any more was given back after the packet's tables were read.
std::string backend_name(const RouterState& state, BackendId id) {
  const auto found = state.backends.find(id);
  return found == state.backends.end() ? std::to_string(id) : name_of(found->second);
}

Json to_json(const Trace& trace, const RouterState& state) {
  Json owners = Json::array();
  for (const BackendId id : trace.owners) {
    if (id != 0) owners.push_back(backend_name(state, id));
  }
  Json steps = Json::array();
  for (const TraceStep& step : trace.steps) {
    steps.push_back({{"step", step.step}, {"text", step.text}});
  }
  return {{"verdict", trace.verdict},
          {"pool", trace.pool ? Json(pool_name(state, *trace.pool)) : Json(nullptr)},
          {"bucket", trace.bucket ? Json(*trace.bucket) : Json(nullptr)},
          {"owners", std::move(owners)},
          {"backend", trace.backend ? Json(backend_name(state, *trace.backend)) : Json(nullptr)},
          {"mark", trace.mark},
          {"steps", std::move(steps)}};
}

}  // namespace

Reply get_trace(const RestCall& call) {
  const auto packet = parse_packet(call.request.parameters);
  if (!packet) return bad_request(packet.error());
  const View view = call.controller.view();
  const RouterState& state = *view.state;
  const auto trace = call.daemon.trace_packet(
      *packet, {.pool = [&state](PoolIndex index) { return pool_name(state, index); },
                .generation = state.generation});
  if (!trace) return Problem{.status = kServerError, .detail = trace.error().message};
  return Shown{to_json(*trace, state), state.generation};
}

}  // namespace ricochet

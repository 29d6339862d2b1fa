// SPDX-License-Identifier: Apache-2.0
#include "api/paper_request.h"

#include <algorithm>
#include <span>
#include <vector>

#include "api/parameters.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using Segments = std::vector<std::string_view>;

// "/add/10.0.10.0" -> {"add", "10.0.10.0"}; no leading slash: nothing.
Segments split(std::string_view path) {
  Segments segments;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return path.empty() ? segments : Segments{};
}

Result<ServiceKey> parse_service(std::string_view address_text, std::string_view length_text) {
  auto address = Address::parse(address_text);
  if (!address) return address.error();
  auto length = parse_number("prefix length", length_text, 0, prefix_length_max(*address));
  if (!length) return length.error();
  auto prefix = Prefix::make(*address, static_cast<unsigned>(*length));
  if (!prefix) return prefix.error();
  return ServiceKey{.prefix = *prefix};
}

Result<std::optional<Address>> parse_nexthop(std::string_view text) {
  if (text == "connected") return std::optional<Address>();
  auto address = Address::parse(text);
  if (!address) {
    return error(
        "nexthop '{}': write an address, or 'connected' for the packet's own "
        "destination",
        text);
  }
  return std::optional(*address);
}

Result<void> read_port(const Parameters& parameters, ServiceKey& service) {
  auto port = find_once(parameters, "port");
  if (!port) return port.error();
  auto protocol = find_once(parameters, "protocol");
  if (!protocol) return protocol.error();
  if (port->has_value() != protocol->has_value()) {
    return error("port and protocol go together, as in ?port=80&protocol=tcp");
  }
  if (!port->has_value()) return {};
  auto number = parse_number("port", **port, 1, UINT16_MAX);
  if (!number) return number.error();
  auto parsed = parse_protocol(**protocol);
  if (!parsed || *parsed == Protocol::any) {
    return error("protocol '{}': write tcp or udp", **protocol);
  }
  service.port = static_cast<uint16_t>(*number);
  service.protocol = *parsed;
  return {};
}

Result<Route> parse_route(const Segments& segments, const Parameters& parameters) {
  auto service = parse_service(segments[1], segments[2]);
  if (!service) return service.error();
  auto nexthop = parse_nexthop(segments[3]);
  if (!nexthop) return nexthop.error();
  if (auto read = read_port(parameters, *service); !read) return read.error();
  return Route{.service = *service, .nexthop = *nexthop};
}

Result<Command> parse_add(const Segments& segments, const Parameters& parameters) {
  auto route = parse_route(segments, parameters);
  if (!route) return route.error();
  auto weight = find_once(parameters, "weight");
  if (!weight) return weight.error();
  if (weight->has_value()) {
    auto number = parse_number("weight", **weight, 1, kWeightMax);
    if (!number) return number.error();
    route->weight = static_cast<uint32_t>(*number);
  }
  return Command(AddRoute{*route});
}

Result<Command> parse_delete(const Segments& segments, const Parameters& parameters) {
  auto route = parse_route(segments, parameters);
  if (!route) return route.error();
  return Command(DeleteRoute{*route});
}

Result<Command> parse_neighbour_add(const Segments& segments, const Parameters&) {
  auto address = Address::parse(segments[2]);
  if (!address) return address.error();
  auto port = parse_number("port", segments[3], 0, UINT16_MAX);
  if (!port) return port.error();
  auto mac = MacAddress::parse(segments[4]);
  if (!mac) return mac.error();
  return Command(
      AddNeighbour{.address = *address, .port = static_cast<uint32_t>(*port), .mac = *mac});
}

Result<Command> parse_neighbour_delete(const Segments& segments, const Parameters&) {
  auto address = Address::parse(segments[2]);
  if (!address) return address.error();
  return Command(DeleteNeighbour{*address});
}

template <class T>
Result<Command> make(const Segments&, const Parameters&) {
  return Command(T{});
}

template <TableName name>
Result<Command> make_table(const Segments&, const Parameters&) {
  return Command(GetTables{name});
}

struct RouteOfApi {
  std::string_view method;
  std::string_view pattern;  // a segment in <> stands for anything
  std::vector<std::string_view> parameters;
  Result<Command> (*parse)(const Segments& segments, const Parameters& parameters);
};

const std::vector<RouteOfApi>& routes_of_api() {
  static const std::vector<RouteOfApi> routes = {
      {"PUT", "/add/<prefix>/<length>/<nexthop>", {"port", "protocol", "weight"}, parse_add},
      {"PUT", "/del/<prefix>/<length>/<nexthop>", {"port", "protocol"}, parse_delete},
      {"PUT", "/install", {}, make<Install>},
      {"PUT", "/clear", {}, make<Clear>},
      {"PUT", "/neigh/add/<address>/<port>/<mac>", {}, parse_neighbour_add},
      {"PUT", "/neigh/del/<address>", {}, parse_neighbour_delete},
      {"GET", "/tables", {}, make<GetTables>},
      {"GET", "/tables/ipv4_lpm", {}, make_table<TableName::ipv4_lpm>},
      {"GET", "/tables/cur_nh", {}, make_table<TableName::cur_nh>},
      {"GET", "/tables/prv_nh", {}, make_table<TableName::prv_nh>},
      {"GET", "/tables/neigh", {}, make_table<TableName::neigh>},
      {"GET", "/routes", {}, make<GetRoutes>},
  };
  return routes;
}

bool matches(const RouteOfApi& route, const Segments& segments) {
  return std::ranges::equal(split(route.pattern), segments,
                            [](std::string_view pattern, std::string_view segment) {
                              return pattern.starts_with('<') || pattern == segment;
                            });
}

BadRequest not_found(std::string_view path) {
  std::string known;
  for (const RouteOfApi& route : routes_of_api()) {
    known += fmt::format("\n  {} {}", route.method, route.pattern);
  }
  return {404, fmt::format("There is no {}. There is:{}", path, known)};
}

}  // namespace

std::variant<Command, BadRequest> parse_request(std::string_view method, std::string_view path,
                                                const Parameters& parameters) {
  const Segments segments = split(path);
  const auto& routes = routes_of_api();
  const auto route = std::ranges::find_if(
      routes, [&](const RouteOfApi& candidate) { return matches(candidate, segments); });
  if (route == routes.end()) return not_found(path);
  if (method != route->method && !(method == "HEAD" && route->method == "GET")) {
    return BadRequest{405,
                      fmt::format("{} takes {}, not {}", route->pattern, route->method, method),
                      std::string(route->method)};
  }
  if (auto known = check_names(parameters, route->parameters); !known) {
    return BadRequest{400, known.error().message};
  }
  auto command = route->parse(segments, parameters);
  if (!command) return BadRequest{400, command.error().message};
  return *std::move(command);
}

}  // namespace ricochet

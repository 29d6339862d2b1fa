// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read.h"

#include "api/rest_parts.h"

namespace ricochet {
namespace {

// What the data plane counted for each backend, by its name.
class Traffic {
 public:
  static Result<Traffic> read(const RestCall& call) {
    auto status = call.daemon.read_status();
    if (!status) return status.error();
    Traffic traffic;
    for (BackendTraffic& backend : status->backends) {
      traffic.by_name_.emplace(backend.address, std::move(backend));
    }
    return traffic;
  }

  // Zeros for one that the data plane does not know.
  [[nodiscard]] BackendTraffic of(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? BackendTraffic{.address = name} : found->second;
  }

 private:
  std::map<std::string, BackendTraffic> by_name_;
};

Problem failed(const Error& reason) {
  return {.status = kServerError, .detail = reason.message};
}

// Without a search for a key that is there already, which an ordered object makes slow.
void append(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

Json describe_backend(const Backend& backend, const View& view, const Traffic& traffic) {
  const std::string reason = why_not_eligible(backend, *view.state, *view.learned);
  const BackendTraffic counted = traffic.of(name_of(backend.address));
  Json json = to_json(backend);
  json["eligible"] = reason.empty();
  json["reason"] = reason;
  json["packets"] = counted.packets;
  json["bytes"] = counted.bytes;
  return json;
}

Json describe_port(const PortStatus& port) {
  const bool is_there = port.ifindex != 0;
  const char* mode = port.native ? "native" : "generic";
  return {{"name", port.name},
          {"ifindex", is_there ? Json(port.ifindex) : Json(nullptr)},
          {"mode", is_there ? mode : "absent"}};
}

Json describe_pool(const std::string& name, const RouterState& state) {
  const Pool& pool = state.configuration.pools.at(name);
  const size_t buckets = state.pools.at(name).table->buckets.size();
  return {{"name", name},
          {"buckets", buckets},
          {"table_bytes", buckets * sizeof(Bucket)},
          {"backends", pool.backends.size()},
          {"eligible", eligible_backends(pool, state.unreachable).size()}};
}

Json known(const Neighbour& neighbour, const char* source) {
  return {
      {"interface", neighbour.interface}, {"mac", neighbour.mac.to_string()}, {"source", source}};
}

Json unknown(const std::string& problem) {
  return {{"interface", nullptr}, {"mac", nullptr}, {"source", "kernel"}, {"problem", problem}};
}

// Nothing: it is not heard of. Static ones count instead of what the kernel says.
std::optional<Json> describe_neighbour(Address address, const View& view) {
  const Neighbours& fixed = view.state->configuration.neighbours;
  if (const auto found = fixed.find(address); found != fixed.end()) {
    return known(found->second, "static");
  }
  const LearnedNeighbours& learned = *view.learned;
  if (const auto found = learned.neighbours.find(address); found != learned.neighbours.end()) {
    return known(found->second, "kernel");
  }
  const auto found = learned.problems.find(address);
  return found == learned.problems.end() ? std::optional<Json>() : unknown(found->second);
}

}  // namespace

Reply get_router(const RestCall& call) {
  Json body = call.daemon.settings;
  body["version"] = call.daemon.version;
  return Shown{std::move(body), call.controller.view().state->generation};
}

Reply get_status(const RestCall& call) {
  const auto counted = call.daemon.read_status();
  if (!counted) return failed(counted.error());
  const View view = call.controller.view();
  Json ports = Json::array();
  for (const PortStatus& port : view.ports) ports.push_back(describe_port(port));
  Json pools = Json::array();
  for (const auto& [name, pool] : view.state->pools) {
    pools.push_back(describe_pool(name, *view.state));
  }
  Json backends = Json::array();
  for (const BackendTraffic& backend : counted->backends) {
    backends.push_back({{"address", backend.address},
                        {"live", backend.live},
                        {"packets", backend.packets},
                        {"bytes", backend.bytes}});
  }
  Json counters = Json::object();
  for (const Counter& counter : counted->counters) {
    counters[std::string(counter.name)] = counter.packets;
  }
  const TableMemory& memory = view.table_memory;
  return Shown{{{"generation", view.state->generation},
                {"ports", std::move(ports)},
                {"table_memory",
                 {{"used_bytes", memory.used_buckets * sizeof(Bucket)},
                  {"capacity_bytes", memory.capacity_buckets * sizeof(Bucket)}}},
                {"pools", std::move(pools)},
                {"backends", std::move(backends)},
                {"counters", std::move(counters)},
                {"pins", {{"used", counted->pins.used}, {"capacity", counted->pins.capacity}}},
                {"flows", {{"used", counted->flows.used}, {"capacity", counted->flows.capacity}}}},
               view.state->generation};
}

Reply get_pools(const RestCall& call) {
  const View view = call.controller.view();
  Json body = Json::object();
  for (const auto& [name, pool] : view.state->configuration.pools) {
    append(body, name, to_json(pool));
  }
  return Shown{std::move(body), view.state->generation};
}

Reply get_services(const RestCall& call) {
  const View view = call.controller.view();
  Json body = Json::object();
  for (const auto& [key, service] : view.state->configuration.services) {
    append(body, to_string(key), to_json(service));
  }
  return Shown{std::move(body), view.state->generation};
}

Reply get_backends(const RestCall& call) {
  const View view = call.controller.view();
  const Configuration& configuration = view.state->configuration;
  const auto pool = configuration.pools.find(call["pool"]);
  if (pool == configuration.pools.end()) return not_there("pool " + call["pool"]);
  const auto traffic = Traffic::read(call);
  if (!traffic) return failed(traffic.error());
  Json body = Json::object();
  for (const Backend& backend : pool->second.backends) {
    append(body, name_of(backend.address), describe_backend(backend, view, *traffic));
  }
  return Shown{std::move(body), view.state->generation};
}

Reply get_backend(const RestCall& call) {
  const NamedPart part = backend_of(call);
  if (!part) return bad_request(part.error());
  const View view = call.controller.view();
  const Configuration& configuration = view.state->configuration;
  if (!(*part)->is_in(configuration)) return not_there((*part)->name());
  const auto traffic = Traffic::read(call);
  if (!traffic) return failed(traffic.error());
  const Backend* backend =
      find_backend(configuration.pools.at(call["pool"]), *parse_backend_name(call["backend"]));
  return Shown{describe_backend(*backend, view, *traffic), view.state->generation};
}

Reply get_neighbours(const RestCall& call) {
  const View view = call.controller.view();
  std::set<Address> addresses;
  for (const auto& [address, neighbour] : view.state->configuration.neighbours) {
    addresses.insert(address);
  }
  for (const auto& [address, neighbour] : view.learned->neighbours) addresses.insert(address);
  for (const auto& [address, problem] : view.learned->problems) addresses.insert(address);
  Json body = Json::object();
  for (const Address address : addresses) {
    append(body, address.to_string(), *describe_neighbour(address, view));
  }
  return Shown{std::move(body), view.state->generation};
}

Reply get_neighbour(const RestCall& call) {
  const auto address = Address::parse(call["address"]);
  if (!address) return bad_request(address.error());
  const View view = call.controller.view();
  auto body = describe_neighbour(*address, view);
  if (!body) return not_there("neighbour " + address->to_string());
  return Shown{*std::move(body), view.state->generation};
}

}  // namespace ricochet

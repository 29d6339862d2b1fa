// SPDX-License-Identifier: Apache-2.0
#include "config/configuration_json.h"

#include <array>
#include <utility>

#include "config/object_reader.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using Object = OrderedJson::object_t;

constexpr std::array<std::string_view, 3> kConfigurationKeys{"pools", "services", "neighbours"};
constexpr std::array<std::string_view, 6> kPoolKeys{"placement",     "buckets", "history",
                                                    "history_depth", "mark",    "backends"};
constexpr std::array<std::string_view, 3> kBackendKeys{"weight", "state", "agent"};
constexpr std::array<std::string_view, 1> kServiceKeys{"pool"};
constexpr std::array<std::string_view, 2> kNeighbourKeys{"interface", "mac"};

// emplace_back(), because emplace() searches the whole object for the key first.
template <class Container, class Name>
OrderedJson object_by_name(const Container& values, Name name) {
  OrderedJson json = OrderedJson::object();
  auto& object = json.get_ref<Object&>();
  object.reserve(values.size());
  for (const auto& value : values) {
    auto [key, member] = name(value);
    object.emplace_back(std::move(key), std::move(member));
  }
  return json;
}

Backend read_backend(const std::optional<Ipv4Address>& address, const OrderedJson& json,
                     const Path& path, Problems& problems) {
  Backend backend{.address = address};
  ObjectReader reader(json, path, kBackendKeys, problems);
  reader.read("weight", backend.weight, {1, kWeightMax});
  reader.read("state", backend.state, parse_backend_state);
  reader.read("agent", backend.agent, parse_agent_use);
  return backend;
}

std::vector<Backend> read_backends(const OrderedJson& json, const Path& path, Problems& problems) {
  std::vector<Backend> backends;
  const Object& object = object_of(json, path, problems);
  backends.reserve(object.size());
  for (const auto& [name, value] : object) {
    const auto address = parse_backend_name(name);
    if (address) {
      backends.push_back(read_backend(*address, value, path / name, problems));
    } else {
      problems.add(path / name, address.error().message);
    }
  }
  return backends;
}

Pool read_pool(const OrderedJson& json, const Path& path, Problems& problems) {
  Pool pool;
  ObjectReader reader(json, path, kPoolKeys, problems);
  reader.read("placement", pool.table.placement, parse_placement);
  reader.read("buckets", pool.table.buckets, {1, kBucketsMax});
  reader.read("history", pool.table.history, parse_history);
  reader.read("history_depth", pool.table.history_depth, {2, kHistoryDepthMax});
  reader.read("mark", pool.table.mark, parse_mark);
  if (const OrderedJson* backends = reader.find("backends")) {
    pool.backends = read_backends(*backends, path / "backends", problems);
  }
  return pool;
}

Service read_service(const OrderedJson& json, const Path& path, Problems& problems) {
  Service service;
  ObjectReader reader(json, path, kServiceKeys, problems);
  reader.require("pool", "name the pool that the service uses");
  reader.read("pool", service.pool);
  return service;
}

Neighbour read_neighbour(const OrderedJson& json, const Path& path, Problems& problems) {
  Neighbour neighbour;
  ObjectReader reader(json, path, kNeighbourKeys, problems);
  reader.require("interface", "name the port of the router that it is reached through");
  reader.require("mac", "write the MAC address, as in 02:00:00:00:01:09");
  reader.read("interface", neighbour.interface);
  reader.read("mac", neighbour.mac, MacAddress::parse);
  return neighbour;
}

Result<std::string> parse_pool_name(std::string_view text) {
  return std::string(text);  // find_invalid() judges it
}

// A section of the file: a map from parsed names to what `read_value` gives.
template <class Key, class Value>
std::map<Key, Value> read_section(const ObjectReader& root, std::string_view section,
                                  const Path& root_path, Problems& problems,
                                  Result<Key> (*parse_key)(std::string_view),
                                  Value (*read_value)(const OrderedJson&, const Path&, Problems&)) {
  std::map<Key, Value> values;
  const OrderedJson* json = root.find(section);
  if (json == nullptr) return values;
  const Path path = root_path / section;
  for (const auto& [name, value] : object_of(*json, path, problems)) {
    auto key = parse_key(name);
    if (!key) {
      problems.add(path / name, key.error().message);
      continue;
    }
    const auto [entry, added] =
        values.emplace(*std::move(key), read_value(value, path / name, problems));
    if (!added) {
      problems.add(path / name, fmt::format("{} is there twice, in this or another spelling: "
                                            "leave one of them out",
                                            name));
    }
  }
  return values;
}

template <class Value>
DecodeResult<Value> finish(Value value, Problems problems, const Keys& where) {
  if (problems.empty()) return value;
  auto found = std::move(problems).take();
  for (Invalid& invalid : found) {
    invalid.where.insert(invalid.where.begin(), where.begin(), where.end());
  }
  return found;
}

}  // namespace

OrderedJson to_json(const Backend& backend) {
  return {{"weight", backend.weight},
          {"state", to_string(backend.state)},
          {"agent", to_string(backend.agent)}};
}

OrderedJson to_json(const Pool& pool) {
  OrderedJson json = {{"placement", to_string(pool.table.placement)},
                      {"buckets", pool.table.buckets},
                      {"history", to_string(pool.table.history)},
                      {"history_depth", pool.table.history_depth},
                      {"mark", to_string(pool.table.mark)}};
  json["backends"] = object_by_name(pool.backends, [](const Backend& backend) {
    return std::pair(name_of(backend.address), to_json(backend));
  });
  return json;
}

OrderedJson to_json(const Service& service) {
  return {{"pool", service.pool}};
}

OrderedJson to_json(const Neighbour& neighbour) {
  return {{"interface", neighbour.interface}, {"mac", neighbour.mac.to_string()}};
}

OrderedJson to_json(const Configuration& configuration) {
  OrderedJson json = OrderedJson::object();
  json["pools"] = object_by_name(configuration.pools, [](const auto& entry) {
    return std::pair(entry.first, to_json(entry.second));
  });
  json["services"] = object_by_name(configuration.services, [](const auto& entry) {
    return std::pair(to_string(entry.first), to_json(entry.second));
  });
  json["neighbours"] = object_by_name(configuration.neighbours, [](const auto& entry) {
    return std::pair(entry.first.to_string(), to_json(entry.second));
  });
  return json;
}

DecodeResult<Configuration> decode_configuration(const OrderedJson& json) {
  Problems problems;
  const Path root;
  const ObjectReader reader(json, root, kConfigurationKeys, problems);
  Configuration configuration;
  configuration.pools = read_section(reader, "pools", root, problems, parse_pool_name, read_pool);
  configuration.services =
      read_section(reader, "services", root, problems, parse_service_key, read_service);
  configuration.neighbours =
      read_section(reader, "neighbours", root, problems, Ipv4Address::parse, read_neighbour);
  return finish(std::move(configuration), std::move(problems), {});
}

DecodeResult<Pool> decode_pool(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Pool pool = read_pool(json, {}, problems);
  return finish(std::move(pool), std::move(problems), where);
}

DecodeResult<Backend> decode_backend(const std::optional<Ipv4Address>& address,
                                     const OrderedJson& json, const Keys& where) {
  Problems problems;
  const Backend backend = read_backend(address, json, {}, problems);
  return finish(backend, std::move(problems), where);
}

DecodeResult<Service> decode_service(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Service service = read_service(json, {}, problems);
  return finish(std::move(service), std::move(problems), where);
}

DecodeResult<Neighbour> decode_neighbour(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Neighbour neighbour = read_neighbour(json, {}, problems);
  return finish(std::move(neighbour), std::move(problems), where);
}

DecodeResult<Configuration> decode_valid_configuration(const OrderedJson& json) {
  auto configuration = decode_configuration(json);
  if (!configuration) return configuration;
  if (auto invalid = find_invalid(*configuration)) return *std::move(invalid);
  return configuration;
}

Result<std::optional<Ipv4Address>> parse_backend_name(std::string_view text) {
  if (text == name_of(std::nullopt)) return std::optional<Ipv4Address>();
  auto address = Ipv4Address::parse(text);
  if (!address) {
    return error("{}; or write `connected` for the packet's own destination",
                 address.error().message);
  }
  return std::optional(*address);
}

}  // namespace ricochet

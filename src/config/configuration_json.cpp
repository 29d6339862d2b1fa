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
constexpr std::array<std::string_view, 4> kBackendKeys{"weight", "state", "agent", "quic_id"};
constexpr std::array<std::string_view, 4> kServiceKeys{"pool", "affinity", "keep_flows", "quic"};
constexpr std::array<std::string_view, 2> kNeighbourKeys{"interface", "mac"};

// Through emplace_back(), because emplace() searches the whole object for the key first.
class ObjectBuilder {
 public:
  explicit ObjectBuilder(size_t members) { object().reserve(members); }

  ObjectBuilder& add(std::string key, OrderedJson value) {
    object().emplace_back(std::move(key), std::move(value));
    return *this;
  }
  OrderedJson take() { return std::move(json_); }

 private:
  Object& object() { return json_.get_ref<Object&>(); }

  OrderedJson json_ = OrderedJson::object();
};

Result<std::optional<QuicId>> parse_quic_id(std::string_view text) {
  const auto id = QuicId::parse(text);
  if (!id) return id.error();
  return std::optional(*id);
}

void read_quic_id(ObjectReader& reader, const Path& path, std::optional<QuicId>& id,
                  Problems& problems) {
  const OrderedJson* found = reader.find("quic_id");
  if (found != nullptr && found->is_number()) {
    problems.add(path / "quic_id",
                 fmt::format("quic_id: {} is a number to YAML: write a single octet in quotes, as "
                             "in \"12\"",
                             shown(*found)));
    return;
  }
  reader.read("quic_id", id, parse_quic_id);
}

Backend read_backend(const std::optional<Address>& address, const OrderedJson& json,
                     const Path& path, Problems& problems) {
  Backend backend{.address = address};
  ObjectReader reader(json, path, kBackendKeys, problems);
  reader.read("weight", backend.weight, {1, kWeightMax});
  reader.read("state", backend.state, parse_backend_state);
  reader.read("agent", backend.agent, parse_agent_use);
  read_quic_id(reader, path, backend.quic_id, problems);
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
  reader.read("affinity", service.options.affinity, parse_affinity);
  reader.read("keep_flows", service.options.keep_flows);
  reader.read("quic", service.options.quic);
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

}  // namespace

OrderedJson to_json(const Backend& backend) {
  ObjectBuilder json(kBackendKeys.size());
  json.add("weight", backend.weight)
      .add("state", to_string(backend.state))
      .add("agent", to_string(backend.agent));
  if (backend.quic_id) json.add("quic_id", backend.quic_id->to_string());
  return json.take();
}

OrderedJson to_json(const Pool& pool) {
  ObjectBuilder backends(pool.backends.size());
  for (const Backend& backend : pool.backends) {
    backends.add(name_of(backend.address), to_json(backend));
  }
  return ObjectBuilder(kPoolKeys.size())
      .add("placement", to_string(pool.table.placement))
      .add("buckets", pool.table.buckets)
      .add("history", to_string(pool.table.history))
      .add("history_depth", pool.table.history_depth)
      .add("mark", to_string(pool.table.mark))
      .add("backends", backends.take())
      .take();
}

OrderedJson to_json(const Service& service) {
  return ObjectBuilder(kServiceKeys.size())
      .add("pool", service.pool)
      .add("affinity", to_string(service.options.affinity))
      .add("keep_flows", service.options.keep_flows)
      .add("quic", service.options.quic)
      .take();
}

OrderedJson to_json(const Neighbour& neighbour) {
  return ObjectBuilder(kNeighbourKeys.size())
      .add("interface", neighbour.interface)
      .add("mac", neighbour.mac.to_string())
      .take();
}

OrderedJson to_json(const Configuration& configuration) {
  ObjectBuilder pools(configuration.pools.size());
  for (const auto& [name, pool] : configuration.pools) pools.add(name, to_json(pool));
  ObjectBuilder services(configuration.services.size());
  for (const auto& [key, service] : configuration.services) {
    services.add(to_string(key), to_json(service));
  }
  ObjectBuilder neighbours(configuration.neighbours.size());
  for (const auto& [address, neighbour] : configuration.neighbours) {
    neighbours.add(address.to_string(), to_json(neighbour));
  }
  return ObjectBuilder(kConfigurationKeys.size())
      .add("pools", pools.take())
      .add("services", services.take())
      .add("neighbours", neighbours.take())
      .take();
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
      read_section(reader, "neighbours", root, problems, Address::parse, read_neighbour);
  return std::move(problems).finish(std::move(configuration), {});
}

DecodeResult<Pool> decode_pool(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Pool pool = read_pool(json, {}, problems);
  return std::move(problems).finish(std::move(pool), where);
}

DecodeResult<Backend> decode_backend(const std::optional<Address>& address, const OrderedJson& json,
                                     const Keys& where) {
  Problems problems;
  const Backend backend = read_backend(address, json, {}, problems);
  return std::move(problems).finish(backend, where);
}

DecodeResult<Service> decode_service(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Service service = read_service(json, {}, problems);
  return std::move(problems).finish(std::move(service), where);
}

DecodeResult<Neighbour> decode_neighbour(const OrderedJson& json, const Keys& where) {
  Problems problems;
  Neighbour neighbour = read_neighbour(json, {}, problems);
  return std::move(problems).finish(std::move(neighbour), where);
}

DecodeResult<Configuration> decode_valid_configuration(const OrderedJson& json) {
  auto configuration = decode_configuration(json);
  if (!configuration) return configuration;
  if (auto invalid = find_invalid(*configuration)) return *std::move(invalid);
  return configuration;
}

Result<std::optional<Address>> parse_backend_name(std::string_view text) {
  if (text == name_of(std::nullopt)) return std::optional<Address>();
  auto address = Address::parse(text);
  if (!address) {
    return error("{}; or write `connected` for the packet's own destination",
                 address.error().message);
  }
  return std::optional(*address);
}

}  // namespace ricochet

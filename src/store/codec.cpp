// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "config/configuration_json.h"
#include "config/json_text.h"

namespace ricochet {
namespace {

using Json = OrderedJson;

// Inside this file a bad value is an exception, as the JSON library's own are; decode() turns both
// into an Error.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::invalid_argument(result.error().message);
  return *std::move(result);
}

template <class T>
T value_or_throw(DecodeResult<T> result) {
  if (!result) throw std::invalid_argument(result.invalid().message);
  return *std::move(result);
}

void require_keys(const Json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) throw std::invalid_argument("not an object");
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      throw std::invalid_argument(fmt::format("unknown field '{}'", name));
    }
  }
}

// Like Json::get, which would wrap a negative or too large number silently.
template <class Unsigned>
Unsigned to_unsigned(const Json& value, std::string_view name) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > std::numeric_limits<Unsigned>::max()) {
    throw std::invalid_argument(fmt::format("'{}' is out of range", name));
  }
  return value.get<Unsigned>();
}

template <class Unsigned>
Unsigned unsigned_at(const Json& object, const char* name) {
  return to_unsigned<Unsigned>(object.at(name), name);
}

int64_t integer_at(const Json& object, const char* name) {
  const Json& value = object.at(name);
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) {
    throw std::invalid_argument(fmt::format("'{}' is out of range", name));
  }
  if (!value.is_number_integer()) {
    throw std::invalid_argument(fmt::format("'{}' is not a whole number", name));
  }
  return value.get<int64_t>();
}

// An object of what `member` gives for each entry, as a pair of key and value. Faster than
// operator[], which looks for the key first.
template <class Entries, class Member>
Json object_of_each(const Entries& entries, Member member) {
  Json json = Json::object();
  auto& object = json.get_ref<Json::object_t&>();
  for (const auto& entry : entries) {
    auto [key, value] = member(entry);
    object.emplace_back(std::move(key), std::move(value));
  }
  return json;
}

Json to_json(const std::set<Address>& addresses) {
  Json json = Json::array();
  for (const Address address : addresses) json.push_back(address.to_string());
  return json;
}

std::set<Address> addresses_from(const Json& json) {
  std::set<Address> addresses;
  for (const Json& address : json.get_ref<const Json::array_t&>()) {
    addresses.insert(value_or_throw(Address::parse(address.get<std::string>())));
  }
  return addresses;
}

// Addresses are the keys, because their numbers are not text.
Json to_json(const BackendAddresses& backends) {
  return object_of_each(backends, [](const auto& backend) {
    return std::pair(name_of(backend.second), Json(backend.first));
  });
}

BackendAddresses backends_from(const Json& json) {
  BackendAddresses backends;
  for (const auto& [name, number] : json.get_ref<const Json::object_t&>()) {
    const auto id = to_unsigned<BackendId>(number, name);
    const bool is_one = id >= 1 && id <= kBackendsMax;
    if (!is_one || !backends.emplace(id, value_or_throw(parse_backend_name(name))).second) {
      throw std::invalid_argument(fmt::format("backend {} cannot have number {}", name, id));
    }
  }
  return backends;
}

Json to_json(const std::set<BackendAddress>& backends) {
  Json json = Json::array();
  for (const BackendAddress& backend : backends) json.push_back(name_of(backend));
  return json;
}

std::set<BackendAddress> backend_set_from(const Json& json) {
  std::set<BackendAddress> backends;
  for (const Json& name : json.get_ref<const Json::array_t&>()) {
    backends.insert(value_or_throw(parse_backend_name(name.get<std::string>())));
  }
  return backends;
}

Json to_json(const ChangeCost& cost) {
  return {{"buckets_moved", cost.buckets_moved},
          {"history_evicted_live", cost.history_evicted_live}};
}

ChangeCost cost_from(const Json& json) {
  require_keys(json, {"buckets_moved", "history_evicted_live"});
  return {.buckets_moved = unsigned_at<uint32_t>(json, "buckets_moved"),
          .history_evicted_live = unsigned_at<uint32_t>(json, "history_evicted_live")};
}

std::string key_text(const std::string& name) {
  return name;
}

std::string key_text(const ServiceKey& key) {
  return to_string(key);
}

std::string key_text(Address address) {
  return address.to_string();
}

// A cause that is no UTF-8 does not prevent a change.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Value>
std::string text_of(const Value& value) {
  return dump(ricochet::to_json(value));
}

// The same text sooner: most backends of a pool differ in nothing but their address.
std::string text_of(const Pool& pool) {
  constexpr std::string_view kEnd = "}}";  // of the backends and the pool
  std::string text = dump(ricochet::to_json(Pool{.table = pool.table, .backends = {}}));
  text.resize(text.size() - kEnd.size());
  Backend alike;  // but for the address
  std::string alike_text = text_of(alike);
  for (const Backend& backend : pool.backends) {
    alike.address = backend.address;
    if (alike != backend) {
      alike = backend;
      alike_text = text_of(alike);
    }
    if (text.back() != '{') text += ',';
    text.append("\"").append(name_of(backend.address)).append("\":").append(alike_text);
  }
  return text.append(kEnd);
}

template <class Key, class Value>
std::string text_of(const std::map<Key, Change<Value>>& changes) {
  const auto side = [](const std::optional<Value>& value) {
    return value ? text_of(*value) : "null";
  };
  std::string text = "{";
  for (const auto& [key, change] : changes) {
    if (text.back() != '{') text += ',';
    text.append(dump(key_text(key)))
        .append(R"(:{"before":)")
        .append(side(change.before))
        .append(R"(,"after":)")
        .append(side(change.after))
        .append("}");
  }
  return text.append("}");
}

Result<std::string> parse_pool_name(std::string_view text) {
  return std::string(text);
}

template <class Key, class Value>
std::map<Key, Change<Value>> changes_from(const Json& json,
                                          Result<Key> (*parse_key)(std::string_view),
                                          DecodeResult<Value> (*decode_value)(const Json&,
                                                                              const Keys&)) {
  const auto side = [&](const Json& value) {
    return value.is_null() ? std::optional<Value>() : value_or_throw(decode_value(value, {}));
  };
  std::map<Key, Change<Value>> changes;
  for (const auto& [text, change] : json.get_ref<const Json::object_t&>()) {
    require_keys(change, {"before", "after"});
    changes[value_or_throw(parse_key(text))] = {.before = side(change.at("before")),
                                                .after = side(change.at("after"))};
  }
  return changes;
}

template <class Decode>
auto decode(std::string_view text, Decode decode_json) -> Result<decltype(decode_json(Json()))> {
  try {
    return decode_json(value_or_throw(parse_json(text)));
  } catch (const std::exception& failure) {
    return error("{}", failure.what());
  }
}

}  // namespace

std::string encode(const Generation& generation) {
  const Difference& difference = generation.difference;
  return fmt::format(
      R"({{"time_ms":{},"cause":{},"pools":{},"services":{},"neighbours":{},"unreachable":{},)"
      R"("shifts":{},"clears_history":{},"cost":{}}})",
      generation.time_ms, dump(generation.cause), text_of(difference.pools),
      text_of(difference.services), text_of(difference.neighbours),
      dump(to_json(generation.unreachable)), generation.shifts, generation.clears_history,
      dump(to_json(generation.cost)));
}

Result<Generation> decode_generation(uint64_t number, std::string_view text) {
  return decode(text, [number](const Json& json) {
    require_keys(json, {"time_ms", "cause", "pools", "services", "neighbours", "unreachable",
                        "shifts", "clears_history", "cost"});
    Generation generation;
    generation.number = number;
    generation.time_ms = integer_at(json, "time_ms");
    generation.cause = json.at("cause").get<std::string>();
    Difference& difference = generation.difference;
    difference.pools = changes_from(json.at("pools"), parse_pool_name, decode_pool);
    difference.services = changes_from(json.at("services"), parse_service_key, decode_service);
    difference.neighbours = changes_from(json.at("neighbours"), Address::parse, decode_neighbour);
    generation.unreachable = addresses_from(json.at("unreachable"));
    generation.shifts = json.at("shifts").get<bool>();
    generation.clears_history = json.at("clears_history").get<bool>();
    generation.cost = cost_from(json.at("cost"));
    return generation;
  });
}

std::string encode_snapshot(const RouterState& state) {
  Json pools = object_of_each(state.pools, [](const auto& entry) {
    const auto& [name, pool] = entry;
    return std::pair(name, Json{{"index", pool.index},
                                {"current_count", pool.table->current_count},
                                {"previous_count", pool.table->previous_count}});
  });
  return dump({{"configuration", ricochet::to_json(state.configuration)},
               {"unreachable", to_json(state.unreachable)},
               {"backends", to_json(state.backends)},
               {"dead", to_json(state.dead)},
               {"agentless", to_json(state.agentless)},
               {"pools", std::move(pools)}});
}

Result<Snapshot> decode_snapshot(uint64_t number, std::string_view text) {
  return decode(text, [number](const Json& json) {
    require_keys(json, {"configuration", "unreachable", "backends", "dead", "agentless", "pools"});
    Snapshot snapshot;
    RouterState& state = snapshot.state;
    state.generation = number;
    state.configuration = value_or_throw(decode_configuration(json.at("configuration")));
    state.unreachable = addresses_from(json.at("unreachable"));
    state.backends = backends_from(json.at("backends"));
    state.dead = backend_set_from(json.at("dead"));
    state.agentless = backend_set_from(json.at("agentless"));
    for (const auto& [name, pool] : json.at("pools").get_ref<const Json::object_t&>()) {
      require_keys(pool, {"index", "current_count", "previous_count"});
      state.pools[name].index = unsigned_at<PoolIndex>(pool, "index");
      snapshot.tables[name] = {.buckets = {},
                               .current_count = unsigned_at<uint32_t>(pool, "current_count"),
                               .previous_count = unsigned_at<uint32_t>(pool, "previous_count")};
    }
    return snapshot;
  });
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ricochet {
namespace {

using Json = nlohmann::json;

// Inside this file a bad value is an exception, as the JSON library's own are; decode_* turn both
// into an Error.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::invalid_argument(result.error().message);
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
Unsigned unsigned_at(const Json& object, const char* name) {
  const Json& value = object.at(name);
  if (!value.is_number_unsigned() || value.get<uint64_t>() > std::numeric_limits<Unsigned>::max()) {
    throw std::invalid_argument(fmt::format("field '{}' is out of range", name));
  }
  return value.get<Unsigned>();
}

std::string string_at(const Json& object, const char* name) {
  return object.at(name).get<std::string>();
}

Json to_json(const Backend& backend) {
  return {{"address", backend.address ? Json(backend.address->to_string()) : Json(nullptr)},
          {"weight", backend.weight}};
}

Backend backend_from(const Json& json) {
  require_keys(json, {"address", "weight"});
  Backend backend;
  if (!json.at("address").is_null()) {
    backend.address = value_or_throw(Ipv4Address::parse(string_at(json, "address")));
  }
  backend.weight = unsigned_at<uint32_t>(json, "weight");
  return backend;
}

Json to_json(const ServiceKey& key, const Pool& pool) {
  Json backends = Json::array();
  for (const Backend& backend : pool.backends) backends.push_back(to_json(backend));
  return {{"prefix", key.prefix.to_string()},
          {"port", key.port},
          {"protocol", to_string(key.protocol)},
          {"backends", std::move(backends)}};
}

void insert_service(Services& services, const Json& json) {
  require_keys(json, {"prefix", "port", "protocol", "backends"});
  const ServiceKey key{.prefix = value_or_throw(Ipv4Prefix::parse(string_at(json, "prefix"))),
                       .port = unsigned_at<uint16_t>(json, "port"),
                       .protocol = value_or_throw(parse_protocol(string_at(json, "protocol")))};
  Pool pool;
  for (const Json& backend : json.at("backends")) pool.backends.push_back(backend_from(backend));
  if (!services.emplace(key, std::move(pool)).second) {
    throw std::invalid_argument(fmt::format("service {} is there twice", to_string(key)));
  }
}

template <class Decode>
auto decode(std::string_view text, Decode decode_json) -> Result<decltype(decode_json(Json()))> {
  try {
    return decode_json(Json::parse(text));
  } catch (const std::exception& failure) {
    return error("{}", failure.what());
  }
}

}  // namespace

std::string encode(const Settings& settings) {
  return Json{{"placement", to_string(settings.placement)},
              {"history", to_string(settings.history)},
              {"mark", to_string(settings.mark)},
              {"seed", settings.seed},
              {"buckets", settings.buckets}}
      .dump();
}

Result<Settings> decode_settings(std::string_view text) {
  return decode(text, [](const Json& json) {
    require_keys(json, {"placement", "history", "mark", "seed", "buckets"});
    return Settings{.placement = value_or_throw(parse_placement(string_at(json, "placement"))),
                    .history = value_or_throw(parse_history(string_at(json, "history"))),
                    .mark = value_or_throw(parse_mark(string_at(json, "mark"))),
                    .seed = unsigned_at<uint64_t>(json, "seed"),
                    .buckets = unsigned_at<uint32_t>(json, "buckets")};
  });
}

std::string encode(const Generation& generation) {
  Json services = Json::array();
  for (const auto& [key, pool] : generation.services) services.push_back(to_json(key, pool));
  Json unreachable = Json::array();
  for (const Ipv4Address address : generation.unreachable) {
    unreachable.push_back(address.to_string());
  }
  return Json{{"services", std::move(services)},
              {"unreachable", std::move(unreachable)},
              {"clears_history", generation.clears_history}}
      .dump();
}

Result<Generation> decode_generation(uint64_t number, std::string_view text) {
  return decode(text, [number](const Json& json) {
    require_keys(json, {"services", "unreachable", "clears_history"});
    Generation generation;
    generation.number = number;
    for (const Json& service : json.at("services")) insert_service(generation.services, service);
    for (const Json& address : json.at("unreachable")) {
      generation.unreachable.insert(value_or_throw(Ipv4Address::parse(address.get<std::string>())));
    }
    generation.clears_history = json.at("clears_history").get<bool>();
    return generation;
  });
}

}  // namespace ricochet

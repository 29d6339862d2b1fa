// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/file.h"
#include "config/object_reader.h"

namespace ricochet {
namespace {

constexpr std::array<std::string_view, 10> kRouterKeys{
    "ports",     "backend_ports",    "listen",         "socket",     "seed",
    "settle_ms", "table_memory_mib", "pin_memory_mib", "pin_idle_s", "learn_neighbours"};

template <class Value, class... Args>
void read(ObjectReader& reader, std::string_view key, std::optional<Value>& value, Args... args) {
  if (reader.find(key) == nullptr) return;
  value.emplace();
  reader.read(key, *value, args...);
}

}  // namespace

OrderedJson to_json(const RouterSection& router) {
  OrderedJson json = OrderedJson::object();
  const auto add = [&json](const char* key, const auto& value) {
    if (value) json[key] = *value;
  };
  add("ports", router.ports);
  add("backend_ports", router.backend_ports);
  add("listen", router.listen);
  add("socket", router.socket);
  add("seed", router.seed);
  add("settle_ms", router.settle_ms);
  add("table_memory_mib", router.table_memory_mib);
  add("pin_memory_mib", router.pin_memory_mib);
  add("pin_idle_s", router.pin_idle_s);
  add("learn_neighbours", router.learn_neighbours);
  return json;
}

DecodeResult<RouterSection> decode_router_section(const OrderedJson& json, const Keys& where) {
  Problems problems;
  const Path root;
  RouterSection router;
  ObjectReader reader(json, root, kRouterKeys, problems);
  read(reader, "ports", router.ports);
  read(reader, "backend_ports", router.backend_ports);
  read(reader, "listen", router.listen);
  read(reader, "socket", router.socket);
  read(reader, "seed", router.seed, Range{0, UINT64_MAX});
  read(reader, "settle_ms", router.settle_ms, Range{0, kFileSettleMaxMs});
  read(reader, "table_memory_mib", router.table_memory_mib, Range{1, kFileTableMemoryMaxMib});
  read(reader, "pin_memory_mib", router.pin_memory_mib, Range{0, kFilePinMemoryMaxMib});
  read(reader, "pin_idle_s", router.pin_idle_s, Range{kFilePinIdleMinS, kFilePinIdleMaxS});
  read(reader, "learn_neighbours", router.learn_neighbours);
  return std::move(problems).finish(std::move(router), where);
}

}  // namespace ricochet

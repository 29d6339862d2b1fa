// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/file.h"
#include "config/object_reader.h"
#include "net/prefix.h"

namespace ricochet {
namespace {

constexpr std::array<std::string_view, 16> kRouterKeys{"ports",
                                                       "backend_ports",
                                                       "listen",
                                                       "socket",
                                                       "seed",
                                                       "settle_ms",
                                                       "table_memory_mib",
                                                       "pin_memory_mib",
                                                       "pin_idle_s",
                                                       "flow_memory_mib",
                                                       "flow_idle_s",
                                                       "source_prefix_ipv4_bits",
                                                       "source_prefix_ipv6_bits",
                                                       "learn_neighbours",
                                                       "answer_echo",
                                                       "forward_other"};

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
  add("flow_memory_mib", router.flow_memory_mib);
  add("flow_idle_s", router.flow_idle_s);
  add("source_prefix_ipv4_bits", router.source_prefix_ipv4_bits);
  add("source_prefix_ipv6_bits", router.source_prefix_ipv6_bits);
  add("learn_neighbours", router.learn_neighbours);
  add("answer_echo", router.answer_echo);
  if (router.forward_other) json["forward_other"] = to_string(*router.forward_other);
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
  read(reader, "flow_memory_mib", router.flow_memory_mib, Range{0, kFileFlowMemoryMaxMib});
  read(reader, "flow_idle_s", router.flow_idle_s, Range{kFileFlowIdleMinS, kFileFlowIdleMaxS});
  read(reader, "source_prefix_ipv4_bits", router.source_prefix_ipv4_bits, Range{1, kIpv4Bits});
  read(reader, "source_prefix_ipv6_bits", router.source_prefix_ipv6_bits, Range{1, kIpv6Bits});
  read(reader, "learn_neighbours", router.learn_neighbours);
  read(reader, "answer_echo", router.answer_echo);
  read(reader, "forward_other", router.forward_other, parse_forward_other);
  return std::move(problems).finish(std::move(router), where);
}

}  // namespace ricochet

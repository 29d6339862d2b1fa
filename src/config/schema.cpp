// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include "config/configuration_json.h"
#include "config/file.h"
#include "model/limits.h"
#include "net/prefix.h"

namespace ricochet {
namespace {

constexpr const char* kIpv4Pattern =
    R"((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})";

// What an address of IPv6 is made of; which of these are one, the file's reader knows.
constexpr const char* kIpv6Pattern = "[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*";

OrderedJson text(const char* description) {
  return {{"description", description}, {"type", "string"}};
}

OrderedJson choice(const char* description, std::vector<std::string> names, std::string initial) {
  return {{"description", description}, {"enum", names}, {"default", initial}};
}

OrderedJson number(const char* description, uint64_t first, uint64_t last) {
  return {{"description", description}, {"type", "integer"}, {"minimum", first}, {"maximum", last}};
}

OrderedJson number(const char* description, uint64_t first, uint64_t last, uint64_t initial) {
  OrderedJson json = number(description, first, last);
  json["default"] = initial;
  return json;
}

OrderedJson boolean(const char* description, bool initial) {
  return {{"description", description}, {"type", "boolean"}, {"default", initial}};
}

OrderedJson names(const char* description) {
  return {{"description", description}, {"type", "array"}, {"items", {{"type", "string"}}}};
}

// An object with these keys and no others.
OrderedJson object(const char* description, OrderedJson properties,
                   const std::vector<std::string>& required = {}) {
  OrderedJson json = {{"description", description}, {"type", "object"}};
  json["properties"] = std::move(properties);
  if (!required.empty()) json["required"] = required;
  json["additionalProperties"] = false;
  return json;
}

// A map from names, which match `pattern`, to values.
OrderedJson map(const char* description, const std::string& pattern, size_t most,
                OrderedJson value) {
  OrderedJson json = {{"description", description}, {"type", "object"}};
  json["propertyNames"] = {{"pattern", "^" + pattern + "$"}};
  json["maxProperties"] = most;
  json["additionalProperties"] = std::move(value);
  return json;
}

// Nothing, as in `web:`, stands for {}.
OrderedJson or_nothing(OrderedJson schema) {
  schema["type"] = OrderedJson::array({schema["type"], "null"});
  return schema;
}

}  // namespace

OrderedJson schema_of_backend() {
  const OrderedJson initial = to_json(Backend{});
  OrderedJson quic_id = text(
      "How connection IDs of QUIC name it, for services with `quic`: the octets after the first "
      "one, hexadecimal with colons.");
  quic_id["pattern"] =
      fmt::format("^[0-9A-Fa-f]{{2}}(:[0-9A-Fa-f]{{2}}){{0,{}}}$", kQuicIdBytesMax - 1);
  return object("A server of a pool.",
                {{"weight", number("Its share of the buckets; placement `modulo` does not heed it.",
                                   1, kWeightMax, initial["weight"])},
                 {"state", choice("active: gets new connections. draining: keeps those that it "
                                  "has. dead: is skipped at once.",
                                  {"active", "draining", "dead"}, initial["state"])},
                 {"agent", choice("required: an agent runs there. none: connections of buckets "
                                  "that move to it are lost.",
                                  {"required", "none"}, initial["agent"])},
                 {"quic_id", quic_id}});
}

OrderedJson schema_of_pool() {
  const OrderedJson initial = to_json(Pool{});
  const std::string address_or_connected =
      fmt::format("(connected|{}|{})", kIpv4Pattern, kIpv6Pattern);
  return object(
      "Backends, and how their table of buckets is built.",
      {{"placement",
        choice("Which backend a bucket gets.", {"modulo", "maglev"}, initial["placement"])},
       {"buckets",
        number("Buckets of the table, a power of two.", 1, kBucketsMax, initial["buckets"])},
       {"history", choice("Which previous owners a bucket remembers.",
                          {"none", "two-tables", "distinct"}, initial["history"])},
       {"history_depth", number("Owners that a bucket remembers with history `distinct`, the "
                                "current one included.",
                                2, kHistoryDepthMax, initial["history_depth"])},
       {"mark", choice("How a bounced packet is marked: by DSCP code points, or by the ToS of the "
                       "ECMP-ER paper.",
                       {"dscp", "ecmp-er"}, initial["mark"])},
       {"backends",
        or_nothing(map("Servers by IP address, or `connected` for the packet's own "
                       "destination; their order counts with placement `modulo`.",
                       address_or_connected, kBackendsMax, or_nothing(schema_of_backend())))}});
}

OrderedJson schema_of_service() {
  const OrderedJson initial = to_json(Service{});
  return object(
      "What a service does with its packets.",
      {{"pool", text("Name of the pool that gets its connections.")},
       {"affinity",
        choice("Which part of a flow places it: addresses, ports and protocol; the "
               "client's address and both ports; the client's address; its first bits.",
               {"flow", "source-ports", "source", "source-prefix"}, initial["affinity"])},
       {"keep_flows", boolean("UDP: a flow stays with the server where it began, also when buckets "
                              "move.",
                              initial["keep_flows"])},
       {"quic", boolean("UDP: a packet of QUIC goes to the server that its connection ID names.",
                        initial["quic"])}},
      {"pool"});
}

OrderedJson schema_of_neighbour() {
  OrderedJson mac = text("Its MAC address, six hexadecimal octets with colons.");
  mac["pattern"] = "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$";
  OrderedJson interface = text("The router's port that it is reached through.");
  interface["minLength"] = 1;
  return object("Where a next hop is, instead of what the kernel says.",
                {{"interface", interface}, {"mac", mac}}, {"interface", "mac"});
}

OrderedJson schema_of_configuration() {
  const std::string address = fmt::format("({}|{})", kIpv4Pattern, kIpv6Pattern);
  const std::string ports = ":[1-9][0-9]*(-[1-9][0-9]*)?/(tcp|udp)";
  const std::string key =
      fmt::format("({}(/(3[0-2]|[12]?[0-9]))?({})?|{}(/[0-9]{{1,3}})?|\\[{}\\]{})", kIpv4Pattern,
                  ports, kIpv6Pattern, kIpv6Pattern, ports);
  const std::string name = fmt::format("[A-Za-z0-9_][A-Za-z0-9._-]{{0,{}}}", kPoolNameBytesMax - 1);
  return object(
      "Pools, services and static neighbours.",
      {{"pools", or_nothing(map("Pools by name.", name, kPoolsMax, or_nothing(schema_of_pool())))},
       {"services", or_nothing(map("Services by ADDRESS:PORT/PROTOCOL, "
                                   "ADDRESS:FIRST-LAST/PROTOCOL, ADDRESS (every port) or PREFIX.",
                                   key, kServicesMax, schema_of_service()))},
       {"neighbours", or_nothing(map("Static neighbours by IP address.", address, kNeighboursMax,
                                     schema_of_neighbour()))}});
}

OrderedJson schema_of_router_section() {
  OrderedJson listen =
      text("Where the API listens besides its socket: ADDRESS:PORT, unix:PATH, or none.");
  listen["default"] = "127.0.0.1:5000";
  return object(
      "Settings that the router's daemon reads when it starts.",
      {{"ports", names("Interfaces to forward between.")},
       {"backend_ports", names("Those of the ports where only backends are.")},
       {"listen", listen},
       {"socket",
        text("Path of the API's Unix socket; left out: api.sock in the state directory.")},
       {"seed", number("Goes into the hash of a flow; the same on all routers of a fleet.", 0,
                       UINT64_MAX, 0)},
       {"settle_ms", number("Milliseconds after a change in which a packet that no owner takes is "
                            "dropped, not refused.",
                            0, kFileSettleMaxMs, 1000)},
       {"table_memory_mib",
        number("Memory for the tables of all pools, in MiB.", 1, kFileTableMemoryMaxMib, 32)},
       {"pin_memory_mib",
        number("Memory for pins, which spare the packets of a moved connection the bounce, in MiB; "
               "0: each packet of a moved connection is bounced.",
               0, kFilePinMemoryMaxMib, 8)},
       {"pin_idle_s", number("Seconds for which a pin is kept that no packet uses.",
                             kFilePinIdleMinS, kFilePinIdleMaxS, 300)},
       {"flow_memory_mib",
        number("Memory for the flows that services with `keep_flows` keep, in MiB; 0: none is "
               "kept.",
               0, kFileFlowMemoryMaxMib, 8)},
       {"flow_idle_s", number("Seconds for which a flow is kept that has no packet.",
                              kFileFlowIdleMinS, kFileFlowIdleMaxS, 120)},
       {"source_prefix_ipv4_bits",
        number("Bits of an IPv4 address that place a flow with affinity `source-prefix`; the same "
               "on all routers of a fleet.",
               1, kIpv4Bits, 24)},
       {"source_prefix_ipv6_bits",
        number("Bits of an IPv6 address that place a flow with affinity `source-prefix`; the same "
               "on all routers of a fleet.",
               1, kIpv6Bits, 56)},
       {"learn_neighbours",
        boolean("Follow the kernel's table of neighbours; if not, only static ones count.", true)},
       {"answer_echo", boolean("The router answers ICMP echo to an address that has services by "
                               "port.",
                               true)},
       {"forward_other", choice("What is to no service: the kernel has it, or XDP sends it on by "
                                "the kernel's routes, past netfilter.",
                                {"kernel", "fib"}, "kernel")}});
}

OrderedJson schema_of_file() {
  const OrderedJson configuration = schema_of_configuration();
  OrderedJson properties = {
      {"version", {{"description", "Version of the file's format."}, {"const", kFileVersion}}}};
  properties["router"] = or_nothing(schema_of_router_section());
  properties.update(configuration["properties"]);
  OrderedJson json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "Configuration of a Ricochet router"}};
  json.update(object("See docs/configuration.md.", std::move(properties), {"version"}));
  return json;
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include "config/configuration_json.h"
#include "config/file.h"
#include "model/limits.h"

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
  return object("A server of a pool.",
                {{"weight", number("Its share of the buckets; placement `modulo` does not heed it.",
                                   1, kWeightMax, initial["weight"])},
                 {"state", choice("active: gets new connections. draining: keeps those that it "
                                  "has. dead: is skipped at once.",
                                  {"active", "draining", "dead"}, initial["state"])},
                 {"agent", choice("required: an agent runs there. none: connections of buckets "
                                  "that move to it are lost.",
                                  {"required", "none"}, initial["agent"])}});
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
  return object("What a service does with its packets.",
                {{"pool", text("Name of the pool that gets its connections.")}}, {"pool"});
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
  OrderedJson learn = {{"description",
                        "Follow the kernel's table of neighbours; if not, only "
                        "static ones count."},
                       {"type", "boolean"},
                       {"default", true}};
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
       {"learn_neighbours", learn}});
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

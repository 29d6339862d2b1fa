// SPDX-License-Identifier: Apache-2.0
#include "api/configuration_schemas.h"

#include "model/configuration.h"
#include "model/limits.h"

namespace ricochet {
namespace {

Json integer(uint64_t minimum, uint64_t maximum, uint64_t normal) {
  return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}, {"default", normal}};
}

template <class Choice>
Json choice(std::initializer_list<Choice> choices, Choice normal) {
  Json names = Json::array();
  for (const Choice value : choices) names.push_back(to_string(value));
  return {{"enum", std::move(names)}, {"default", to_string(normal)}};
}

// Every member has a default unless it is required.
Json object(Json properties, const std::vector<std::string>& required = {}) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = std::move(properties);
  return schema;
}

Json map_of(const char* schema, const char* keys) {
  return {{"type", "object"},
          {"description", keys},
          {"additionalProperties", {{"$ref", fmt::format("#/components/schemas/{}", schema)}}}};
}

Json pool() {
  const TableOptions normal;
  return object(
      {{"placement", choice({Placement::maglev, Placement::modulo}, normal.placement)},
       {"buckets", integer(1, kBucketsMax, normal.buckets)},
       {"history", choice({HistoryPolicy::distinct, HistoryPolicy::two_tables, HistoryPolicy::none},
                          normal.history)},
       {"history_depth", integer(2, kHistoryDepthMax, normal.history_depth)},
       {"mark", choice({MarkMode::dscp, MarkMode::ecmp_er}, normal.mark)},
       {"backends", map_of("Backend", "By IPv4 address, or connected")}});
}

Json backend() {
  const Backend normal;
  return object(
      {{"weight", integer(1, kWeightMax, normal.weight)},
       {"state",
        choice({BackendState::active, BackendState::draining, BackendState::dead}, normal.state)},
       {"agent", choice({AgentUse::required, AgentUse::none}, normal.agent)}});
}

}  // namespace

Json configuration_schemas() {
  const Json text = {{"type", "string"}};
  return {
      {"Configuration", object({{"pools", {{"$ref", "#/components/schemas/Pools"}}},
                                {"services", {{"$ref", "#/components/schemas/Services"}}},
                                {"neighbours", {{"$ref", "#/components/schemas/Neighbours"}}}})},
      {"Pools", map_of("Pool", "By name")},
      {"Pool", pool()},
      {"Backend", backend()},
      {"Services", map_of("Service", "By name, as 10.0.10.0:80/tcp")},
      {"Service", object({{"pool", text}}, {"pool"})},
      {"Neighbours", map_of("Neighbour", "By IPv4 address")},
      {"Neighbour", object({{"interface", text}, {"mac", text}}, {"interface", "mac"})}};
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// Requests to the REST API: a path finds its route or none, and a body that is taken comes back as
// it was written when the part of the configuration that it became is asked for.
//
// Input: the target, a line If-Match, and the body.
#include <cstdint>
#include <sstream>
#include <string>

#include "api/configuration_part.h"
#include "api/parameters.h"
#include "api/rest_request.h"
#include "config/json_text.h"
#include "require.h"

using namespace ricochet;
using fuzz::require;

namespace {

void check_conditions(const std::string& if_match) {
  const auto conditions = parse_conditions({.if_match = if_match});
  if (!conditions) return require(!conditions.error().message.empty(), "a reason");
  if (!conditions->generation) return;
  const std::string again = "\"" + std::to_string(*conditions->generation) + "\"";
  require(parse_conditions({.if_match = again})->generation == conditions->generation,
          "the same generation");
}

// Puts the document where the part belongs, and into its own encoding.
void check_part(const ConfigurationPart& part, const OrderedJson& document) {
  Configuration configuration;
  configuration.pools["web"].backends = {{.address = std::nullopt, .weight = 7}};
  if (const auto missing = part.missing(configuration)) return;
  const Configuration before = configuration;
  if (const auto invalid = part.put(configuration, document)) {
    require(!invalid->message.empty(), "a reason");
    require(configuration == before, "nothing changed");
    return;
  }
  require(part.is_in(configuration), "it is there");
  const Configuration once = configuration;
  require(!part.put(configuration, part.encode(configuration)), "its encoding can be put");
  require(configuration == once, "and is the same");
}

void check_target(const std::vector<std::string>& segments, const OrderedJson& document) {
  if (match_path("/v1/configuration", segments)) check_part(*whole_part(), document);
  if (const auto found = match_path("/v1/pools/{pool}", segments)) {
    check_part(*pool_part(found->at("pool")), document);
  }
  if (const auto found = match_path("/v1/pools/{pool}/backends/{backend}", segments)) {
    const auto address = parse_backend_name(found->at("backend"));
    if (address) check_part(*backend_part(found->at("pool"), *address), document);
  }
  if (const auto found = match_path("/v1/services/{service...}", segments)) {
    const auto key = parse_service_key(found->at("service"));
    if (key) check_part(*service_part(*key), document);
  }
  if (const auto found = match_path("/v1/neighbours/{address}", segments)) {
    const auto address = Address::parse(found->at("address"));
    if (address) check_part(*neighbour_part(*address), document);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
  std::string target;
  std::string if_match;
  std::getline(input, target);
  std::getline(input, if_match);
  const std::string body(std::istreambuf_iterator<char>(input), {});

  check_conditions(if_match);
  const auto segments = split_target(target);
  if (!segments) return 0;
  const auto document = parse_json(body);
  if (document) check_target(*segments, *document);
  return 0;
}

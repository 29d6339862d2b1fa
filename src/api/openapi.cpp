// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"

#include "api/rest_routes.h"

namespace ricochet {
namespace {

constexpr const char* kDescription =
    "Pools, services and neighbours of one router. Every answer has the generation as its ETag; a "
    "change with If-Match is made only if that generation is still in force. An answer of the 400s "
    "has changed nothing. GET is also HEAD.";

// Of a path or of a query.
struct ParameterText {
  const char* description;
  Json schema;
};

ParameterText text_of(std::string_view name) {
  static const std::map<std::string_view, ParameterText> texts = {
      {"pool", {"Name of a pool", {{"type", "string"}}}},
      {"backend", {"Its IP address, or connected", {{"type", "string"}}}},
      {"service",
       {"As 10.0.10.0:80/tcp, 10.0.10.0:8000-8010/udp, 10.0.10.0 or 10.0.1.0/24; its slash may be "
        "sent as it is",
        {{"type", "string"}}}},
      {"address", {"IP address", {{"type", "string"}}}},
      {"number", {"Number of a generation", {{"type", "integer"}, {"minimum", 1}}}},
      {"dry_run",
       {"Say what would change, and change nothing", {{"type", "boolean"}, {"default", false}}}},
      {"limit", {"How many", {{"type", "integer"}, {"minimum", 1}, {"default", 50}}}},
      {"from", {"A generation; 0 is before the first", {{"type", "integer"}, {"minimum", 0}}}},
      {"to", {"A generation; the one in force if left out", {{"type", "integer"}, {"minimum", 0}}}},
      {"source", {"Of the packet, as 10.0.1.99:1234", {{"type", "string"}}}},
      {"destination", {"Of the packet, as 10.0.10.0:80", {{"type", "string"}}}},
      {"protocol", {"Of the packet", {{"enum", {"tcp", "udp"}}, {"default", "tcp"}}}},
      {"attempt",
       {"How often it was bounced", {{"type", "integer"}, {"minimum", 0}, {"default", 0}}}},
      {"opens", {"It opens a connection", {{"type", "boolean"}, {"default", false}}}},
  };
  return texts.at(name);
}

bool is_required(std::string_view query_parameter) {
  return query_parameter == "from" || query_parameter == "source" ||
         query_parameter == "destination";
}

Json parameter(std::string_view name, const char* place, bool required) {
  const ParameterText text = text_of(name);
  return {{"name", name},
          {"in", place},
          {"required", required},
          {"description", text.description},
          {"schema", text.schema}};
}

Json parameters_of(const RestRoute& route) {
  Json parameters = Json::array();
  for (size_t at = route.path.find('{'); at != std::string_view::npos;
       at = route.path.find('{', at + 1)) {
    const size_t end = route.path.find_first_of(".}", at);
    parameters.push_back(parameter(route.path.substr(at + 1, end - at - 1), "path", true));
  }
  for (const std::string_view name : route.parameters) {
    parameters.push_back(parameter(name, "query", is_required(name)));
  }
  const auto header = [&](const char* name) {
    parameters.push_back({{"$ref", fmt::format("#/components/parameters/{}", name)}});
  };
  if (route.method != "GET") header("IfMatch");
  if (route.method == "PUT") header("IfNoneMatch");
  return parameters;
}

Json schema_content(std::string_view media_type, std::string_view schema) {
  Json content;
  content[std::string(media_type)]["schema"]["$ref"] =
      fmt::format("#/components/schemas/{}", schema);
  return content;
}

Json responses_of(const RestRoute& route) {
  Json responses;
  responses["200"] = {{"description", "Done"},
                      {"headers", {{"ETag", {{"$ref", "#/components/headers/ETag"}}}}},
                      {"content", schema_content("application/json", route.answers)}};
  const auto add_problem = [&](const std::string& status, std::string_view description) {
    responses[status] = {{"description", description},
                         {"headers", {{"ETag", {{"$ref", "#/components/headers/ETag"}}}}},
                         {"content", schema_content("application/problem+json", "Problem")}};
  };
  add_problem("400", title_of(kBadRequest));
  for (const int status : route.statuses) add_problem(std::to_string(status), title_of(status));
  add_problem("default", "It was not carried out");
  return responses;
}

Json operation_of(const RestRoute& route) {
  Json operation = {{"summary", route.summary}, {"parameters", parameters_of(route)}};
  if (route.body != RequestBody::none) {
    Json content;
    for (const char* type : content_types(route.body)) {
      content.update(schema_content(type, route.takes));
    }
    operation["requestBody"] = {{"required", true}, {"content", std::move(content)}};
  }
  operation["responses"] = responses_of(route);
  return operation;
}

// "/v1/services/{service...}" -> "/v1/services/{service}".
std::string openapi_path(std::string_view pattern) {
  std::string path(pattern);
  if (const size_t dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
  return path;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

Json components() {
  const Json text = {{"type", "string"}};
  return {{"schemas", openapi_schemas()},
          {"headers",
           {{"ETag", {{"description", "The generation in force, in quotes"}, {"schema", text}}}}},
          {"parameters",
           {{"IfMatch",
             {{"name", "If-Match"},
              {"in", "header"},
              {"description", "The generation that must be in force, as the ETag has it"},
              {"schema", text}}},
            {"IfNoneMatch",
             {{"name", "If-None-Match"},
              {"in", "header"},
              {"description", "*: it must not be there yet"},
              {"schema", text}}}}}};
}

}  // namespace

Json openapi_document(const std::string& version) {
  Json paths;
  for (const RestRoute& route : rest_routes()) {
    paths[openapi_path(route.path)][lower_case(route.method)] = operation_of(route);
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Ricochet"}, {"version", version}, {"description", kDescription}}},
          {"paths", std::move(paths)},
          {"components", components()}};
}

}  // namespace ricochet

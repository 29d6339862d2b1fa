// SPDX-License-Identifier: Apache-2.0
#include "api/rest_routes.h"

#include "api/openapi.h"
#include "api/rest_change.h"
#include "api/rest_generations.h"
#include "api/rest_read.h"
#include "api/rest_trace.h"

namespace ricochet {
namespace {

using PartOf = NamedPart (*)(const RestCall& call);
using Handle = Reply (*)(const RestCall& call, const NamedPart& part);

template <Handle handle, PartOf part_of>
Reply handle_part(const RestCall& call) {
  return handle(call, part_of(call));
}

Reply get_openapi(const RestCall& call) {
  return Shown{openapi_document(call.daemon.version), call.controller.view().state->generation};
}

// A change of the part that the path names.
template <PartOf part_of>
RestRoute put(std::string_view path, std::string_view summary, std::string_view schema,
              std::vector<int> more_statuses = {}) {
  std::vector<int> statuses = {kLengthRequired,       kPreconditionFailed, kContentTooLarge,
                               kUnsupportedMediaType, kUnprocessable,      kServerError};
  statuses.insert(statuses.end(), more_statuses.begin(), more_statuses.end());
  return {"PUT",
          path,
          summary,
          {"dry_run"},
          "Changed",
          std::move(statuses),
          handle_part<put_part, part_of>,
          RequestBody::json,
          schema};
}

template <PartOf part_of>
RestRoute patch(std::string_view path, std::string_view summary, std::string_view schema,
                std::vector<int> more_statuses = {kNotFound}) {
  RestRoute route = put<part_of>(path, summary, schema, std::move(more_statuses));
  route.method = "PATCH";
  route.handle = handle_part<patch_part, part_of>;
  route.body = RequestBody::merge_patch;
  return route;
}

template <PartOf part_of>
RestRoute remove(std::string_view path, std::string_view summary,
                 std::vector<int> more_statuses = {}) {
  std::vector<int> statuses = {kNotFound, kPreconditionFailed, kServerError};
  statuses.insert(statuses.end(), more_statuses.begin(), more_statuses.end());
  return {"DELETE",
          path,
          summary,
          {"dry_run"},
          "Changed",
          std::move(statuses),
          handle_part<delete_part, part_of>};
}

template <PartOf part_of>
RestRoute get(std::string_view path, std::string_view summary, std::string_view schema,
              std::vector<int> statuses = {kNotFound}) {
  return {"GET", path, summary, {}, schema, std::move(statuses), handle_part<show_part, part_of>};
}

RestRoute get(std::string_view path, std::string_view summary, std::string_view schema,
              Reply (*handle)(const RestCall& call), std::vector<int> statuses = {},
              std::vector<std::string_view> parameters = {}) {
  return {"GET", path, summary, std::move(parameters), schema, std::move(statuses), handle};
}

}  // namespace

const std::vector<RestRoute>& rest_routes() {
  static constexpr const char* kPool = "/v1/pools/{pool}";
  static constexpr const char* kBackend = "/v1/pools/{pool}/backends/{backend}";
  static constexpr const char* kService = "/v1/services/{service...}";
  static constexpr const char* kNeighbour = "/v1/neighbours/{address}";
  static const std::vector<RestRoute> routes = {
      get("/v1/openapi.json", "This document", "OpenApi", get_openapi),
      get("/v1/router", "Settings of the daemon", "Router", get_router),
      get("/v1/status", "Ports, memory, and what was counted", "Status", get_status,
          {kServerError}),

      get<whole_of>("/v1/configuration", "The whole configuration", "Configuration", {}),
      put<whole_of>("/v1/configuration", "Replace the whole configuration", "Configuration"),
      patch<whole_of>("/v1/configuration", "Several changes at once, as one generation",
                      "MergePatch", {}),

      get("/v1/pools", "All pools", "Pools", get_pools),
      get<pool_of>(kPool, "One pool", "Pool"),
      put<pool_of>(kPool, "Make or replace a pool", "Pool"),
      patch<pool_of>(kPool, "Change a pool", "MergePatch"),
      remove<pool_of>(kPool, "Remove a pool that no service uses", {kConflict}),

      get("/v1/pools/{pool}/backends", "The backends of a pool, with what they get",
          "BackendStates", get_backends, {kNotFound, kServerError}),
      get(kBackend, "One backend, with what it gets", "BackendState", get_backend,
          {kNotFound, kServerError}),
      put<backend_of>(kBackend, "Add or replace a backend", "Backend", {kNotFound}),
      patch<backend_of>(kBackend, "Change a backend", "MergePatch"),
      remove<backend_of>(kBackend, "Remove a backend"),

      get("/v1/services", "All services", "Services", get_services),
      get<service_of>(kService, "One service", "Service"),
      put<service_of>(kService, "Make or replace a service", "Service"),
      patch<service_of>(kService, "Change a service", "MergePatch"),
      remove<service_of>(kService, "Remove a service"),

      get("/v1/neighbours", "Static neighbours and those of the kernel", "NeighbourStates",
          get_neighbours),
      get(kNeighbour, "One neighbour", "NeighbourState", get_neighbour, {kNotFound}),
      put<neighbour_of>(kNeighbour, "Make or replace a static neighbour", "Neighbour"),
      remove<neighbour_of>(kNeighbour, "Remove a static neighbour"),

      get("/v1/generations", "The log, newest first", "Generations", get_generations, {},
          {"limit"}),
      get("/v1/generations/diff", "What lies between two generations", "Difference", get_difference,
          {kNotFound}, {"from", "to"}),
      get("/v1/generations/{number}", "One generation", "Generation", get_generation, {kNotFound}),

      get("/v1/trace", "What a packet would meet, step by step", "Trace", get_trace, {kServerError},
          {"source", "destination", "protocol", "attempt", "opens"}),
  };
  return routes;
}

std::span<const char* const> content_types(RequestBody body) {
  static constexpr const char* kTypes[] = {"application/json", "application/merge-patch+json"};
  switch (body) {
    case RequestBody::none:
      return {};
    case RequestBody::json:
      return std::span(kTypes, 1);
    case RequestBody::merge_patch:
      return kTypes;
  }
  return {};
}

}  // namespace ricochet

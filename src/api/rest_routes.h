// SPDX-License-Identifier: Apache-2.0
//
// The routes of the REST API. What is answered and what the OpenAPI document says both come from
// this table.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/rest_call.h"

namespace ricochet {

// How a change is sent.
enum class RequestBody { none, json, merge_patch };

struct RestRoute {
  std::string_view method;  // HEAD is taken as GET
  std::string_view path;    // a pattern of match_path()
  std::string_view summary;
  std::vector<std::string_view> parameters;  // of the query; openapi.cpp describes them
  std::string_view answers;                  // the schema of what status 200 shows
  std::vector<int> statuses;                 // besides 200 and 400
  Reply (*handle)(const RestCall& call);
  RequestBody body = RequestBody::none;
  std::string_view takes = {};  // the schema of the body
};

const std::vector<RestRoute>& rest_routes();

// The media types of a body; empty: there is none.
std::span<const char* const> content_types(RequestBody body);

}  // namespace ricochet

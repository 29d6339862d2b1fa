// SPDX-License-Identifier: Apache-2.0
//
// The parts of a request to the REST API, read strictly. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/rest_reply.h"

namespace ricochet {

inline constexpr size_t kBodyBytesMax = size_t{16} << 20;

// The path of a request target, split at its slashes, then percent-decoded: "/v1/pools/a%2Fb?x=1"
// is {"v1", "pools", "a/b"}. Refuses what is not percent-encoding.
Result<std::vector<std::string>> split_target(std::string_view target);

using PathParameters = std::map<std::string, std::string>;

// Matches the segments with a pattern such as "/v1/pools/{pool}/backends/{backend}". {name...}, at
// the end, takes the rest with its slashes. Nothing: it does not match.
std::optional<PathParameters> match_path(std::string_view pattern,
                                         const std::vector<std::string>& segments);

// What must hold for a change to be made.
struct Conditions {
  std::optional<uint64_t> generation;  // If-Match: that it is in force
  bool is_new = false;                 // If-None-Match: *
};

Result<Conditions> parse_conditions(const ApiRequest& request);

// Whether the body that the headers announce can be read: its length is known and not too large,
// it is not compressed, and its type is one of `content_types`.
std::optional<Problem> check_body_headers(const ApiRequest& request,
                                          std::span<const char* const> content_types);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// What a handler of the REST API answers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/message.h"
#include "util/result.h"

namespace ricochet {

using Json = nlohmann::ordered_json;  // keys in their order

inline constexpr int kOk = 200;
inline constexpr int kBadRequest = 400;
inline constexpr int kNotFound = 404;
inline constexpr int kMethodNotAllowed = 405;
inline constexpr int kConflict = 409;
inline constexpr int kLengthRequired = 411;
inline constexpr int kPreconditionFailed = 412;
inline constexpr int kContentTooLarge = 413;
inline constexpr int kUnsupportedMediaType = 415;
inline constexpr int kUnprocessable = 422;
inline constexpr int kServerError = 500;

// "Not Found" of 404; of the statuses above.
std::string_view title_of(int status);

// Why a request was not carried out, as RFC 9457 tells it. Of a status of the 400s: nothing has
// changed.
struct Problem {
  int status = kBadRequest;
  std::string detail;
  std::vector<std::string> where = {};  // keys of the configuration: {"pools", "web", "buckets"}
  std::string allow = {};               // the header, with kMethodNotAllowed
};

inline Problem bad_request(const Error& reason) {
  return {.status = kBadRequest, .detail = reason.message};
}

// What was asked for, and the generation that was in force then.
struct Shown {
  Json body;
  uint64_t generation = 0;
};

using Reply = std::variant<Shown, Problem>;

// As HTTP. The generation is the entity tag; of a problem it is the one in force now.
ApiResponse to_response(const Reply& reply, uint64_t generation_now);

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "api/rest_reply.h"

namespace ricochet {
namespace {

// Text that is not UTF-8, quoted from a request, is shown with replacement characters.
std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string entity_tag(uint64_t generation) {
  return fmt::format("\"{}\"", generation);
}

}  // namespace

std::string_view title_of(int status) {
  switch (status) {
    case kOk:
      return "OK";
    case kBadRequest:
      return "Bad Request";
    case kNotFound:
      return "Not Found";
    case kMethodNotAllowed:
      return "Method Not Allowed";
    case kConflict:
      return "Conflict";
    case kLengthRequired:
      return "Length Required";
    case kPreconditionFailed:
      return "Precondition Failed";
    case kContentTooLarge:
      return "Content Too Large";
    case kUnsupportedMediaType:
      return "Unsupported Media Type";
    case kUnprocessable:
      return "Unprocessable Content";
    default:
      return "Internal Server Error";
  }
}

ApiResponse to_response(const Reply& reply, uint64_t generation_now) {
  if (const auto* shown = std::get_if<Shown>(&reply)) {
    return {.status = kOk,
            .content_type = "application/json",
            .body = to_text(shown->body),
            .etag = entity_tag(shown->generation)};
  }
  const Problem& problem = std::get<Problem>(reply);
  Json body = {{"type", "about:blank"},
               {"title", title_of(problem.status)},
               {"status", problem.status},
               {"detail", problem.detail}};
  if (!problem.where.empty()) body["where"] = problem.where;
  return {.status = problem.status,
          .content_type = "application/problem+json",
          .body = to_text(body),
          .allow = problem.allow,
          .etag = entity_tag(generation_now)};
}

}  // namespace ricochet

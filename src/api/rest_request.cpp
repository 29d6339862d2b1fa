// SPDX-License-Identifier: Apache-2.0
#include "api/rest_request.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "api/parameters.h"

namespace ricochet {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    if (!high || !low) {
      return error("'{}': after % come two hexadecimal digits; % itself is %25", text);
    }
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

// "/v1/pools" -> {"v1", "pools"}; no leading slash: nothing.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

std::string_view trim(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// "application/json; charset=utf-8" -> "application/json".
std::string media_type(std::string_view header) {
  std::string type(trim(header.substr(0, header.find(';'))));
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

}  // namespace

Result<std::vector<std::string>> split_target(std::string_view target) {
  std::vector<std::string> segments;
  for (const std::string_view segment : split(target.substr(0, target.find_first_of("?#")))) {
    auto decoded = percent_decode(segment);
    if (!decoded) return decoded.error();
    segments.push_back(*std::move(decoded));
  }
  return segments;
}

std::optional<PathParameters> match_path(std::string_view pattern,
                                         const std::vector<std::string>& segments) {
  const std::vector<std::string_view> wanted = split(pattern);
  const bool takes_rest = pattern.ends_with("...}");
  if (takes_rest ? segments.size() < wanted.size() : segments.size() != wanted.size()) {
    return std::nullopt;
  }
  PathParameters found;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{')) {
      if (wanted[i] != segments[i]) return std::nullopt;
      continue;
    }
    const std::string_view name = wanted[i].substr(1, wanted[i].find_first_of(".}") - 1);
    const auto begin = segments.begin() + static_cast<ptrdiff_t>(i);
    const bool is_rest = takes_rest && i + 1 == wanted.size();
    std::string value =
        fmt::format("{}", fmt::join(begin, is_rest ? segments.end() : begin + 1, "/"));
    if (value.empty()) return std::nullopt;
    found.emplace(name, std::move(value));
  }
  return found;
}

Result<Conditions> parse_conditions(const ApiRequest& request) {
  Conditions conditions;
  const std::string_view match = trim(request.if_match);
  if (!match.empty() && match != "*") {
    const bool quoted = match.size() > 2 && match.starts_with('"') && match.ends_with('"');
    const auto generation =
        quoted ? parse_number("generation", match.substr(1, match.size() - 2), 0, UINT64_MAX)
               : Result<uint64_t>(Error{});
    if (!generation) {
      return error("If-Match: {}: write the number of a generation in quotes, as an ETag has it",
                   match);
    }
    conditions.generation = *generation;
  }
  const std::string_view none = trim(request.if_none_match);
  if (!none.empty() && none != "*") {
    return error("If-None-Match: {}: a change takes only *, which is that nothing is there", none);
  }
  conditions.is_new = none == "*";
  return conditions;
}

std::optional<Problem> check_body_headers(const ApiRequest& request,
                                          std::span<const char* const> content_types) {
  if (request.content_length.empty() || !request.transfer_encoding.empty()) {
    return Problem{kLengthRequired,
                   "say how long the body is, with Content-Length and no Transfer-Encoding"};
  }
  const std::string type = media_type(request.content_type);
  if (std::ranges::find(content_types, type) == content_types.end()) {
    return Problem{kUnsupportedMediaType,
                   fmt::format("Content-Type '{}': send {}", request.content_type,
                               fmt::join(content_types, " or "))};
  }
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    return Problem{kUnsupportedMediaType,
                   fmt::format("Content-Encoding '{}': send it plain", request.content_encoding)};
  }
  const auto length = parse_number("Content-Length", request.content_length, 0, UINT64_MAX);
  if (!length) return bad_request(length.error());
  if (*length > kBodyBytesMax) {
    return Problem{kContentTooLarge,
                   fmt::format("a body of {} bytes: at most {} are taken", *length, kBodyBytesMax)};
  }
  return std::nullopt;
}

}  // namespace ricochet

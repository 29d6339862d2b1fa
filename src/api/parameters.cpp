// SPDX-License-Identifier: Apache-2.0
#include "api/parameters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace ricochet {

Result<uint64_t> parse_number(std::string_view what, std::string_view text, uint64_t min,
                              uint64_t max) {
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = code == std::errc{} && end == text.data() + text.size();
  const bool plain = text.size() == 1 || !text.starts_with('0');
  if (!whole || !plain || value < min || value > max) {
    return error("{} '{}': write a number from {} to {}", what, text, min, max);
  }
  return value;
}

Result<void> check_names(const Parameters& parameters, std::span<const std::string_view> known) {
  for (const auto& [name, value] : parameters) {
    if (std::ranges::find(known, name) != known.end()) continue;
    if (known.empty()) return error("parameter '{}' is not known: this route takes none", name);
    return error("parameter '{}' is not known: this route takes {}", name, fmt::join(known, ", "));
  }
  return {};
}

Result<std::optional<std::string>> find_once(const Parameters& parameters, const char* name) {
  const auto [begin, end] = parameters.equal_range(name);
  if (begin == end) return std::optional<std::string>();
  if (std::next(begin) != end) return error("parameter '{}' is there twice: give it once", name);
  return std::optional(begin->second);
}

Result<std::optional<uint64_t>> find_number(const Parameters& parameters, const char* name,
                                            uint64_t min, uint64_t max) {
  auto text = find_once(parameters, name);
  if (!text) return text.error();
  if (!text->has_value()) return std::optional<uint64_t>();
  auto number = parse_number(name, **text, min, max);
  if (!number) return number.error();
  return std::optional(*number);
}

Result<bool> find_flag(const Parameters& parameters, const char* name) {
  auto text = find_once(parameters, name);
  if (!text) return text.error();
  if (!text->has_value() || **text == "false") return false;
  if (**text == "true") return true;
  return error("parameter '{}' is '{}': write true or false", name, **text);
}

}  // namespace ricochet

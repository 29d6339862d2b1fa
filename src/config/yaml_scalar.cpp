// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace ricochet {
namespace {

constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kTrues{"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalses{"false", "False", "FALSE"};
// Strings by YAML 1.2, but not for those who read YAML 1.1.
constexpr std::array<std::string_view, 8> kOldBooleans{"yes", "no", "on", "off",
                                                       "y",   "n",  "<<", "="};

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

template <class Number>
std::optional<Number> whole_number(std::string_view digits, int base) {
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, number, base);
  if (digits.empty() || code != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::optional<OrderedJson> whole_number_of(std::string_view text) {
  const auto unsigned_json = [](std::string_view digits, int base) -> std::optional<OrderedJson> {
    const auto number = whole_number<uint64_t>(digits, base);
    if (!number) return std::nullopt;
    return OrderedJson(*number);
  };
  if (text.starts_with("0x")) return unsigned_json(text.substr(2), 16);
  if (text.starts_with("0o")) return unsigned_json(text.substr(2), 8);
  if (text.starts_with('+')) return unsigned_json(text.substr(1), 10);
  if (auto positive = unsigned_json(text, 10)) return positive;
  const auto negative = whole_number<int64_t>(text, 10);
  if (!negative) return std::nullopt;
  return OrderedJson(*negative);
}

std::optional<double> number_of(std::string_view text) {
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const std::string_view magnitude = text.substr(has_sign ? 1 : 0);
  const double sign = text.starts_with('-') ? -1 : 1;
  constexpr std::array<std::string_view, 3> kInfinities{".inf", ".Inf", ".INF"};
  constexpr std::array<std::string_view, 3> kNotNumbers{".nan", ".NaN", ".NAN"};
  if (is_one_of(magnitude, kInfinities)) return sign * std::numeric_limits<double>::infinity();
  if (is_one_of(text, kNotNumbers)) return std::numeric_limits<double>::quiet_NaN();
  // from_chars() would take "inf", "nan" and a second sign.
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const size_t first = magnitude.starts_with('.') ? 1 : 0;
  if (magnitude.size() <= first || !is_digit(magnitude[first])) return std::nullopt;
  double number = 0;
  const char* const end = magnitude.data() + magnitude.size();
  const auto [rest, code] = std::from_chars(magnitude.data(), end, number);
  if (rest != end) return std::nullopt;
  if (code == std::errc::result_out_of_range) number = std::numeric_limits<double>::infinity();
  return sign * number;
}

// Not in need of quotes wherever it stands, if it is a string at all.
bool is_bare(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/';
  };
  const auto is_allowed = [&](char c) { return is_word(c) || c == '.' || c == '-'; };
  return !text.empty() && is_word(text.front()) && std::ranges::all_of(text, is_allowed);
}

}  // namespace

OrderedJson plain_scalar(std::string_view text) {
  if (is_one_of(text, kNulls)) return nullptr;
  if (is_one_of(text, kTrues)) return true;
  if (is_one_of(text, kFalses)) return false;
  if (auto number = whole_number_of(text)) return *std::move(number);
  if (const auto number = number_of(text)) return *number;
  return std::string(text);
}

std::string quoted_if_needed(const std::string& text) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (is_bare(text) && plain_scalar(text).is_string() && !is_one_of(lower, kOldBooleans)) {
    return text;
  }
  // A string of JSON is one of YAML.
  return OrderedJson(text).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace ricochet

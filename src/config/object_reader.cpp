// SPDX-License-Identifier: Apache-2.0
#include "config/object_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "config/nearest_word.h"

namespace ricochet {
namespace {

std::string unknown_key(std::string_view key, std::span<const std::string_view> known) {
  if (const auto nearest = nearest_word(key, known)) {
    return fmt::format("unknown key '{}': did you mean '{}'?", key, *nearest);
  }
  return fmt::format("unknown key '{}': choose one of {}", key, fmt::join(known, ", "));
}

}  // namespace

Keys Path::keys() const {
  Keys keys;
  for (const Path* step = this; step->parent != nullptr; step = step->parent) {
    keys.emplace_back(step->key);
  }
  std::ranges::reverse(keys);
  return keys;
}

void Problems::add(const Path& path, std::string message) {
  found_.push_back({path.keys(), std::move(message)});
}

std::string shown(const OrderedJson& json) {
  constexpr size_t kBytesMax = 60;
  if (json.is_object()) return json.empty() ? "{}" : "an object";
  if (json.is_array()) return json.empty() ? "[]" : "a list";
  if (json.is_null()) return "nothing";
  std::string text = json.dump(-1, ' ', true, OrderedJson::error_handler_t::replace);
  if (text.size() > kBytesMax) text = text.substr(0, kBytesMax) + "...";
  return text;
}

const OrderedJson::object_t& object_of(const OrderedJson& json, const Path& path,
                                       Problems& problems) {
  static const OrderedJson::object_t nothing;
  if (json.is_object()) return json.get_ref<const OrderedJson::object_t&>();
  if (!json.is_null()) {
    problems.add(path, fmt::format("{}: keys with values are expected, not {}",
                                   path.parent == nullptr ? "the whole" : path.key, shown(json)));
  }
  return nothing;
}

ObjectReader::ObjectReader(const OrderedJson& json, const Path& path,
                           std::span<const std::string_view> known, Problems& problems)
    : object_(object_of(json, path, problems)), path_(path), problems_(problems) {
  for (const auto& [key, value] : object_) {
    if (std::ranges::find(known, key) == known.end()) {
      problems_.add(path_ / key, unknown_key(key, known));
    }
  }
}

const OrderedJson* ObjectReader::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(object_, [key](const auto& member) { return member.first == key; });
  return found == object_.end() ? nullptr : &found->second;
}

void ObjectReader::read(std::string_view key, uint64_t& value, Range range) {
  const OrderedJson* found = find(key);
  if (found == nullptr) return;
  // A number is held as unsigned whenever it is not negative.
  const auto* number = found->get_ptr<const OrderedJson::number_unsigned_t*>();
  if (number != nullptr && *number >= range.first && *number <= range.last) {
    value = *number;
    return;
  }
  problems_.add(path_ / key, fmt::format("{}: a whole number from {} to {} is expected, not {}",
                                         key, range.first, range.last, shown(*found)));
}

void ObjectReader::read(std::string_view key, uint32_t& value, Range range) {
  uint64_t wide = value;
  read(key, wide, {range.first, std::min<uint64_t>(range.last, UINT32_MAX)});
  value = static_cast<uint32_t>(wide);
}

void ObjectReader::read(std::string_view key, bool& value) {
  const OrderedJson* found = find(key);
  if (found == nullptr) return;
  if (found->is_boolean()) {
    value = found->get<bool>();
  } else {
    problems_.add(path_ / key,
                  fmt::format("{}: true or false is expected, not {}", key, shown(*found)));
  }
}

void ObjectReader::read(std::string_view key, std::string& value) {
  const OrderedJson* found = find(key);
  if (found == nullptr) return;
  if (const std::string* text = text_of(*found, path_ / key)) value = *text;
}

void ObjectReader::read(std::string_view key, std::vector<std::string>& value) {
  const OrderedJson* found = find(key);
  if (found == nullptr) return;
  const Path path = path_ / key;
  if (!found->is_array()) {
    problems_.add(path,
                  fmt::format("{}: a list is expected, as in [a, b], not {}", key, shown(*found)));
    return;
  }
  value.clear();
  for (const OrderedJson& item : *found) {
    if (const std::string* text = text_of(item, path)) value.push_back(*text);
  }
}

void ObjectReader::require(std::string_view key, std::string_view hint) {
  if (find(key) == nullptr) {
    problems_.add(path_, fmt::format("the key '{}' is missing: {}", key, hint));
  }
}

const std::string* ObjectReader::text_of(const OrderedJson& json, const Path& path) {
  const auto* text = json.get_ptr<const std::string*>();
  if (text == nullptr) {
    problems_.add(path, fmt::format("{}: a string is expected, not {}", path.key, shown(json)));
  }
  return text;
}

}  // namespace ricochet

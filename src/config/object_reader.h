// SPDX-License-Identifier: Apache-2.0
//
// Reads the members of one JSON object into a struct and collects what is wrong with them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/decode_result.h"
#include "util/result.h"

namespace ricochet {

// The way from the root to a value; a step lives on the stack of who reads that value.
struct Path {
  const Path* parent = nullptr;  // null: the root, which has no key
  std::string_view key;

  [[nodiscard]] Path operator/(std::string_view child) const { return {this, child}; }
  [[nodiscard]] Keys keys() const;
};

class Problems {
 public:
  void add(const Path& path, std::string message);

  // The value if there are none; else these, each with `where` before its own keys.
  template <class Value>
  DecodeResult<Value> finish(Value value, const Keys& where) &&;

 private:
  std::vector<Invalid> found_;
};

// Whole numbers, both ends included.
struct Range {
  uint64_t first;
  uint64_t last;
};

// The value as an error message shows it: short, on one line.
std::string shown(const OrderedJson& json);

// Null counts as an object without members; whatever else is no object is a problem, and is read as
// one without members too.
const OrderedJson::object_t& object_of(const OrderedJson& json, const Path& path,
                                       Problems& problems);

// Each read() leaves the value as it is if the key is not there, or is there with a wrong value,
// which is then a problem. All arguments of the constructor must outlive the reader.
class ObjectReader {
 public:
  // Every key that is not `known` is a problem.
  ObjectReader(const OrderedJson& json, const Path& path, std::span<const std::string_view> known,
               Problems& problems);

  // nullptr if it is not there.
  [[nodiscard]] const OrderedJson* find(std::string_view key) const;

  void read(std::string_view key, uint64_t& value, Range range);
  void read(std::string_view key, uint32_t& value, Range range);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::string& value);
  void read(std::string_view key, std::vector<std::string>& value);
  template <class Value>
  void read(std::string_view key, Value& value, Result<Value> (*parse)(std::string_view));
  // A key that must be there; call it before or after read().
  void require(std::string_view key, std::string_view hint);

 private:
  const std::string* text_of(const OrderedJson& json, const Path& path);

  const OrderedJson::object_t& object_;
  const Path& path_;
  Problems& problems_;
};

template <class Value>
DecodeResult<Value> Problems::finish(Value value, const Keys& where) && {
  if (found_.empty()) return value;
  for (Invalid& invalid : found_) {
    invalid.where.insert(invalid.where.begin(), where.begin(), where.end());
  }
  return std::move(found_);
}

template <class Value>
void ObjectReader::read(std::string_view key, Value& value,
                        Result<Value> (*parse)(std::string_view)) {
  const OrderedJson* found = find(key);
  if (found == nullptr) return;
  const std::string* text = text_of(*found, path_ / key);
  if (text == nullptr) return;
  auto parsed = parse(*text);
  if (parsed) {
    value = *std::move(parsed);
  } else {
    problems_.add(path_ / key, parsed.error().message);
  }
}

}  // namespace ricochet

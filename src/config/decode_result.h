// SPDX-License-Identifier: Apache-2.0
//
// What reading JSON or YAML gives: a value, or everything that is wrong with the text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/configuration.h"

namespace ricochet {

// Keeps the order of keys, which is the order of a pool's backends.
using OrderedJson = nlohmann::ordered_json;

using Keys = std::vector<std::string>;  // as in Invalid: from the root to the part meant

// The value, or what is wrong, in the order of the text and at least one. A message tells all by
// itself; `where` says which part it is about.
template <class T>
class [[nodiscard]] DecodeResult {
 public:
  DecodeResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  DecodeResult(Invalid invalid)
      : state_(std::in_place_index<1>, std::vector<Invalid>{std::move(invalid)}) {}
  // Not empty.
  DecodeResult(std::vector<Invalid> all) : state_(std::in_place_index<1>, std::move(all)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only when ok().
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  // Only when not ok(): the first, and all.
  [[nodiscard]] const Invalid& invalid() const { return std::get<1>(state_).front(); }
  [[nodiscard]] const std::vector<Invalid>& all_invalid() const { return std::get<1>(state_); }

 private:
  std::variant<T, std::vector<Invalid>> state_;
};

}  // namespace ricochet

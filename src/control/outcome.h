// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generation/router_state.h"

namespace ricochet {

// How a command to the controller ended, with a sentence for the person who gave it.
struct Outcome {
  enum class Kind {
    done,
    refused,    // the command is wrong; nothing changed
    not_found,  // it names something that is not there; nothing changed
    conflict,   // it was meant for another generation, or for something that is there already
    failed,     // the machine failed; the message says what holds now
  };

  Kind kind = Kind::done;
  std::string message;
  std::vector<std::string> where = {};  // the part of the configuration that is wrong, if one is

  [[nodiscard]] bool ok() const { return kind == Kind::done; }
};

inline Outcome done(std::string message) {
  return {Outcome::Kind::done, std::move(message)};
}
inline Outcome refused(std::string message) {
  return {Outcome::Kind::refused, std::move(message)};
}
inline Outcome not_found(std::string message) {
  return {Outcome::Kind::not_found, std::move(message)};
}
inline Outcome conflict(std::string message) {
  return {Outcome::Kind::conflict, std::move(message)};
}
inline Outcome failed(std::string message) {
  return {Outcome::Kind::failed, std::move(message)};
}

// What a change of the configuration did, or with a dry run would do.
struct ChangeReport {
  Outcome outcome;
  uint64_t generation = 0;  // in force after it; with a dry run the one that it would be
  bool changed = false;
  Difference difference;
  ChangeCost cost;
  std::map<std::string, ChangeCost> costs;  // by pool, of those whose table changes
  std::vector<std::string> warnings;        // connections that it breaks, and backends left out
};

}  // namespace ricochet

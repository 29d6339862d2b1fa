// SPDX-License-Identifier: Apache-2.0
//
// What stands in the store, as JSON text. Decoding refuses what it does not know, so that a newer
// record is never half understood.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "generation/router_state.h"

namespace ricochet {

// Without the number, which is the record's key.
std::string encode(const Generation& generation);
Result<Generation> decode_generation(uint64_t number, std::string_view text);

// A state whose pools have no tables yet, and the tables without their buckets: those stand beside
// the text.
struct Snapshot {
  RouterState state;
  std::map<std::string, PoolTable> tables;  // one for each pool of the state
};

// Without the number of its generation and without buckets.
std::string encode_snapshot(const RouterState& state);
Result<Snapshot> decode_snapshot(uint64_t number, std::string_view text);

}  // namespace ricochet

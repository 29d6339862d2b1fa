// SPDX-License-Identifier: Apache-2.0
//
// Records and snapshots of the store, which another version or a damaged disk may have written:
// what is taken is written and read again as the same.
#include <cstdint>
#include <string_view>

#include "require.h"
#include "store/codec.h"

using ricochet::fuzz::require;

namespace {

// With the tables that encode_snapshot() needs.
ricochet::RouterState whole(const ricochet::Snapshot& snapshot) {
  ricochet::RouterState state = snapshot.state;
  for (const auto& [name, table] : snapshot.tables) {
    state.pools.at(name).table = std::make_shared<const ricochet::PoolTable>(table);
  }
  return state;
}

void check_snapshot(std::string_view text) {
  const auto snapshot = ricochet::decode_snapshot(1, text);
  if (!snapshot) return;
  const auto again = ricochet::decode_snapshot(1, ricochet::encode_snapshot(whole(*snapshot)));
  require(again && again->tables == snapshot->tables &&
              again->state.configuration == snapshot->state.configuration &&
              again->state.unreachable == snapshot->state.unreachable &&
              again->state.backends == snapshot->state.backends,
          "a snapshot is read as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_snapshot(text);
  if (const auto generation = ricochet::decode_generation(1, text)) {
    const auto again = ricochet::decode_generation(1, ricochet::encode(*generation));
    require(again && *again == *generation, "a generation is read as it was written");
  }
  return 0;
}

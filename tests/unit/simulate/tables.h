// SPDX-License-Identifier: Apache-2.0
//
// Tables of a few buckets, and fleets of a few backends, for examples.
#pragma once

#include <vector>

#include "simulate/table_maker.h"

namespace ricochet {

// Backends first to last become `state`.
inline FleetChange change_to(FleetState state, BackendId first, BackendId last, double time_s = 0) {
  FleetChange change{.time_s = time_s};
  for (BackendId id = first; id <= last; ++id) change.transitions.push_back({id, state});
  return change;
}

// The owners of each bucket at that place of its list.
inline std::vector<BackendId> owners_at(std::span<const Bucket> table, size_t place) {
  std::vector<BackendId> owners;
  for (const Bucket& bucket : table) owners.push_back(bucket.owner.at(place));
  return owners;
}

// Tables that are written down, one for each change.
class WrittenTables : public TableMaker {
 public:
  explicit WrittenTables(std::vector<std::vector<Bucket>> tables) : tables_(std::move(tables)) {}

  [[nodiscard]] uint32_t buckets_max() const override {
    return static_cast<uint32_t>(tables_.front().size());
  }

  std::span<const Bucket> follow(const Fleet& /*fleet*/, ChangeCost& cost) override {
    ++cost.buckets_moved;
    return tables_.at(next_++);
  }

 private:
  std::vector<std::vector<Bucket>> tables_;
  size_t next_ = 0;
};

}  // namespace ricochet

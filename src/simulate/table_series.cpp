// SPDX-License-Identifier: Apache-2.0
#include "simulate/table_series.h"

#include <algorithm>

namespace ricochet {
namespace {

Bucket without_lost_owners(const Bucket& bucket, const Fleet& fleet) {
  Bucket reachable;
  size_t size = 0;
  for (const BackendId id : bucket.owner) {
    if (fleet.holds_connections(id)) reachable.owner[size++] = id;
  }
  return reachable;
}

}  // namespace

TableSeries::TableSeries(TableMaker& maker, const std::vector<FleetChange>& changes,
                         size_t backends)
    : periods_(maker.buckets_max()) {
  Fleet fleet(backends);
  for (uint32_t change = 0; change < changes.size(); ++change) {
    fleet.apply(changes[change]);
    ChangeCost cost;
    const std::span<const Bucket> table = maker.follow(fleet, cost);
    if (change != 0) cost_ += cost;
    append(change, table, fleet);
    note_load(table, fleet);
  }
}

void TableSeries::append(uint32_t change, std::span<const Bucket> table, const Fleet& fleet) {
  for (size_t index = 0; index < periods_.size(); ++index) {
    std::vector<Period>& periods = periods_[index];
    const Bucket owners = without_lost_owners(table[index & (table.size() - 1)], fleet);
    if (periods.empty() || periods.back().owners != owners) periods.push_back({change, owners});
  }
}

void TableSeries::note_load(std::span<const Bucket> table, const Fleet& fleet) {
  std::vector<uint32_t> owned(fleet.backends() + 1);
  for (const Bucket& bucket : table) ++owned[bucket.owner[0]];
  const std::vector<Candidate> active = fleet.candidates();
  uint32_t most = 0;
  uint32_t idle = 0;
  for (const Candidate& candidate : active) {
    most = std::max(most, owned[candidate.id]);
    if (owned[candidate.id] == 0) ++idle;
  }
  const double mean = static_cast<double>(table.size()) / static_cast<double>(active.size());
  peak_load_ = std::max(peak_load_, most / mean);
  idle_backends_ = std::max(idle_backends_, idle);
}

}  // namespace ricochet

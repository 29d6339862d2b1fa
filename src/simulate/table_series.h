// SPDX-License-Identifier: Apache-2.0
//
// All tables that a balancer has in the course of a simulation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulate/table_maker.h"

namespace ricochet {

// What packets of one bucket try, from a change of the fleet on until the bucket's next period:
// owners that hold connections, in order.
struct Period {
  uint32_t change = 0;
  Bucket owners;

  bool operator==(const Period&) const = default;
};

class TableSeries {
 public:
  // `changes` as of make_churn.
  TableSeries(TableMaker& maker, const std::vector<FleetChange>& changes, size_t backends);

  // In order and never empty; the first one is of change 0. Of the bucket that the hash names.
  [[nodiscard]] std::span<const Period> periods(uint32_t hash) const {
    return periods_[hash & (periods_.size() - 1)];
  }

  [[nodiscard]] const ChangeCost& cost() const { return cost_; }  // of all changes but the first

  // How many buckets the busiest active backend had, over the mean of active ones; the greatest
  // after any change.
  [[nodiscard]] double peak_load() const { return peak_load_; }

  // Active backends that owned no bucket, hence got no connections; the most after any change.
  [[nodiscard]] uint32_t idle_backends() const { return idle_backends_; }

 private:
  void append(uint32_t change, std::span<const Bucket> table, const Fleet& fleet);
  void note_load(std::span<const Bucket> table, const Fleet& fleet);

  std::vector<std::vector<Period>> periods_;  // by bucket
  ChangeCost cost_;
  double peak_load_ = 0;
  uint32_t idle_backends_ = 0;
};

}  // namespace ricochet

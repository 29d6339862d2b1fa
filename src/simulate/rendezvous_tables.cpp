// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "simulate/random.h"
#include "simulate/table_maker.h"

namespace ricochet {
namespace {

constexpr size_t kRowServers = 2;

// A backend's rank in a row: the higher goes first. Between two backends it never changes.
uint64_t rank_of(size_t row, BackendId id) {
  return mix_bits(mix_bits(row + 1) + id);
}

class RendezvousTables : public TableMaker {
 public:
  RendezvousTables(uint32_t buckets, size_t backends) : rows_(buckets), listed_(backends + 1) {}

  [[nodiscard]] uint32_t buckets_max() const override {
    return static_cast<uint32_t>(rows_.size());
  }

  std::span<const Bucket> follow(const Fleet& fleet, ChangeCost& cost) override {
    for (size_t i = 1; i <= fleet.backends(); ++i) {
      const auto id = static_cast<BackendId>(i);
      const bool is_listed = fleet.state(id) != FleetState::absent;
      if (is_listed == listed_[id]) continue;
      listed_[id] = is_listed;
      if (is_listed) {
        add(id);
      } else {
        remove(id);
      }
    }
    table_.resize(rows_.size());
    for (size_t row = 0; row < rows_.size(); ++row) {
      const Bucket after = bucket_of(rows_[row], fleet);
      count(table_[row], after, fleet, cost);
      table_[row] = after;
    }
    return table_;
  }

 private:
  struct Ranked {
    uint64_t rank = 0;
    BackendId id = 0;
  };
  using Row = std::array<Ranked, kRowServers>;  // the highest first

  static void insert(Row& row, Ranked one) {
    if (one.rank > row[0].rank) std::swap(one, row[0]);
    if (one.rank > row[1].rank) row[1] = one;
  }

  void add(BackendId id) {
    for (size_t row = 0; row < rows_.size(); ++row) insert(rows_[row], {rank_of(row, id), id});
  }

  void remove(BackendId id) {
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (std::ranges::find(rows_[row], id, &Ranked::id) == rows_[row].end()) continue;
      rows_[row] = {};
      for (size_t other = 1; other < listed_.size(); ++other) {
        const auto other_id = static_cast<BackendId>(other);
        if (listed_[other]) insert(rows_[row], {rank_of(row, other_id), other_id});
      }
    }
  }

  static Bucket bucket_of(const Row& row, const Fleet& fleet) {
    Bucket bucket;
    bucket.owner[0] = row[0].id;
    bucket.owner[1] = row[1].id;
    if (fleet.state(row[0].id) != FleetState::active &&
        fleet.state(row[1].id) == FleetState::active) {
      std::swap(bucket.owner[0], bucket.owner[1]);
    }
    return bucket;
  }

  static void count(const Bucket& before, const Bucket& after, const Fleet& fleet,
                    ChangeCost& cost) {
    if (before.owner[0] != after.owner[0]) ++cost.buckets_moved;
    for (size_t i = 0; i < kRowServers; ++i) {
      const BackendId id = before.owner[i];
      const bool stays = id == after.owner[0] || id == after.owner[1];
      if (id != 0 && !stays && fleet.owner_state(id) != OwnerState::dead) {
        ++cost.history_evicted_live;
      }
    }
  }

  std::vector<Row> rows_;
  std::vector<bool> listed_;  // by id
  std::vector<Bucket> table_;
};

}  // namespace

std::unique_ptr<TableMaker> make_rendezvous_tables(uint32_t buckets, size_t backends) {
  return std::make_unique<RendezvousTables>(buckets, backends);
}

}  // namespace ricochet

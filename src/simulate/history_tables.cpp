// SPDX-License-Identifier: Apache-2.0
#include "simulate/table_maker.h"

namespace ricochet {
namespace {

class HistoryTables : public TableMaker {
 public:
  explicit HistoryTables(const HistoryOptions& options) : options_(options) {}

  [[nodiscard]] uint32_t buckets_max() const override { return options_.buckets; }

  std::span<const Bucket> follow(const Fleet& fleet, ChangeCost& cost) override {
    table_ = advance(
        table_, place(fleet.candidates()), options_.policy, options_.depth,
        [&](BackendId id) { return fleet.owner_state(id); }, cost);
    return table_.buckets;
  }

 private:
  [[nodiscard]] std::vector<BackendId> place(std::span<const Candidate> candidates) const {
    if (options_.placement == Placement::maglev) return place_maglev(candidates, options_.buckets);
    // Without history it is plain ECMP: the hash modulo n, of which so many values are told apart.
    const bool is_ecmp = options_.policy == HistoryPolicy::none;
    return place_modulo(candidates,
                        is_ecmp ? options_.buckets : paper_bucket_count(candidates.size()));
  }

  HistoryOptions options_;
  PoolTable table_;
};

}  // namespace

std::unique_ptr<TableMaker> make_history_tables(const HistoryOptions& options) {
  return std::make_unique<HistoryTables>(options);
}

}  // namespace ricochet

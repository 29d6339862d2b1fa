// SPDX-License-Identifier: Apache-2.0
#include "simulate/table_maker.h"

namespace ricochet {
namespace {

class ResilientTables : public TableMaker {
 public:
  ResilientTables(uint32_t buckets, bool forced) : owners_(buckets), forced_(forced) {}

  [[nodiscard]] uint32_t buckets_max() const override {
    return static_cast<uint32_t>(owners_.size());
  }

  std::span<const Bucket> follow(const Fleet& fleet, ChangeCost& cost) override {
    migrate(missing_buckets(fleet));
    table_ = advance(
        table_, owners_, HistoryPolicy::none, kOwners,
        [&](BackendId id) { return fleet.owner_state(id); }, cost);
    return table_.buckets;
  }

 private:
  struct Account {
    BackendId id;
    int64_t missing;  // buckets to its share; negative: it has too many
  };

  // Of each active backend. What nobody active owns becomes nobody's.
  std::vector<Account> missing_buckets(const Fleet& fleet) {
    std::vector<int64_t> owned(fleet.backends() + 1);
    for (BackendId& owner : owners_) {
      if (fleet.state(owner) != FleetState::active) owner = 0;
      ++owned[owner];
    }
    const std::vector<Candidate> candidates = fleet.candidates();
    std::vector<Account> accounts;
    // Shares are rounded so that their sum is the table.
    uint64_t given = 0;
    for (const Candidate& candidate : candidates) {
      const uint64_t until =
          (owners_.size() * (accounts.size() + 1) + candidates.size() / 2) / candidates.size();
      accounts.push_back({candidate.id, static_cast<int64_t>(until - given) - owned[candidate.id]});
      given = until;
    }
    return accounts;
  }

  void migrate(std::vector<Account> accounts) {
    std::vector<int64_t> excess(kBackendsMax + 1);
    if (forced_) {
      for (const Account& account : accounts) excess[account.id] = -account.missing;
    }
    auto taker = accounts.begin();
    for (BackendId& owner : owners_) {
      if (owner != 0 && excess[owner] <= 0) continue;
      while (taker != accounts.end() && taker->missing <= 0) ++taker;
      if (taker == accounts.end()) return;
      --excess[owner];
      --taker->missing;
      owner = taker->id;
    }
  }

  std::vector<BackendId> owners_;
  bool forced_;
  PoolTable table_;
};

}  // namespace

std::unique_ptr<TableMaker> make_resilient_tables(uint32_t buckets, bool forced) {
  return std::make_unique<ResilientTables>(buckets, forced);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "choice.h"

#include "datagram.h"
#include "owners.h"

namespace ricochet::reference {
namespace {

class Chooser {
 public:
  Chooser(const RouterTables& tables, PoolIndex index, const Pool& pool, const Headers& headers,
          uint64_t hash, const Attempt& attempt)
      : tables_(tables),
        index_(index),
        pool_(pool),
        headers_(headers),
        attempt_(attempt),
        hash_(hash),
        bucket_(bucket_of(pool, hash)) {}

  Choice choose();

 private:
  [[nodiscard]] Choice to(Slot slot, rch_router_counter verdict, Mark mark) const {
    return {.verdict = verdict, .backend = slot, .mark = mark, .pins = changes_};
  }
  [[nodiscard]] Choice nobody(rch_router_counter verdict) const {
    return {.verdict = verdict, .pins = changes_};
  }
  [[nodiscard]] rch_router_counter verdict_of_an_owner() const {
    if (attempt_.restart) return RCH_ROUTER_RESTARTED;
    return attempt_.number == 0 ? RCH_ROUTER_FORWARD : RCH_ROUTER_BOUNCED;
  }

  PinSet* places();
  Slot recall_pin();
  void remember(Slot slot);
  void forget();

  const RouterTables& tables_;
  const PoolIndex index_;
  const Pool& pool_;
  const Headers& headers_;
  const Attempt& attempt_;
  const uint64_t hash_;
  const Bucket bucket_;
  PinChanges changes_;
};

// The places of the flow's pin, to be changed. Null where there are no pins.
PinSet* Chooser::places() {
  if (tables_.pins.empty()) return nullptr;
  if (!changes_.set) {
    const size_t set = pin_set_index(hash_, tables_.pins.size());
    changes_.set = {set, tables_.pins[set]};
  }
  return &changes_.set->second;
}

Slot Chooser::recall_pin() {
  PinSet* set = places();
  return set ? recall(tables_, *set, hash_) : kNobody;
}

// The paper's mark cannot say that a pin leads a packet.
void Chooser::remember(Slot slot) {
  PinSet* set = places();
  if (!set || pool_.mark_mode == MarkMode::ecmp_er) return;
  changes_.evicted = put_pin(*set, {.flow = headers_.flow,
                                    .hash = hash_,
                                    .backend = slot,
                                    .epoch = tables_.backends.at(slot).epoch,
                                    .age = 0});
  changes_.bucket = {index_, bucket_index(hash_, pool_.buckets.size())};
}

void Chooser::forget() {
  PinSet* set = bucket_.pinned ? places() : nullptr;
  if (set) remove_pins(*set, hash_);
}

Choice Chooser::choose() {
  // The older owners are to end their connections and get no new ones.
  if (headers_.opens() && bucket_.owners[0] == kNobody) return nobody(RCH_ROUTER_DROP_NO_BACKEND);

  if (headers_.opens() || attempt_.restart) {
    forget();
  } else if (bucket_.pinned && attempt_.number == 0) {
    if (const Slot pinned = recall_pin()) return to(pinned, RCH_ROUTER_PINNED, kPinnedMark);
    changes_.missed = true;
  }

  if (const auto i = live_owner(tables_, bucket_, attempt_.number)) {
    if (attempt_.number > 0) remember(bucket_.owners[*i]);
    return to(bucket_.owners[*i], verdict_of_an_owner(), *i);
  }
  if (attempt_.number == 0) return nobody(RCH_ROUTER_DROP_NO_BACKEND);

  // Past the last owner. While a table settles the numbers may have moved under the bounce, and one
  // that was not asked may have the connection: a lost packet is sent again, a RST is for ever.
  if (pool_.settling) return nobody(RCH_ROUTER_DROP_SETTLING);
  forget();
  const auto i = live_owner(tables_, bucket_, 0);
  if (!i) return nobody(RCH_ROUTER_DROP_NO_BACKEND);
  return to(bucket_.owners[*i], RCH_ROUTER_FINAL, kFinalMark);
}

}  // namespace

Attempt read_attempt(const RouterTables& tables, const Pool& pool, const Headers& headers) {
  const Mark mark = mark_of(headers.tos, pool.mark_mode, kEcmpErMarkOfRouter);
  if (!pool.history || mark == kNoMark) return {};
  if (!tables.backend_macs.contains(headers.source_mac)) return {.marked = true, .foreign = true};
  // A new connection has no older owner.
  if (headers.opens()) return {.marked = true};
  if (mark > kFinalMark) return {.restart = true, .marked = true};
  return {.number = mark, .marked = true};
}

Choice choose(const RouterTables& tables, const Rules& rules, const Pool& pool,
              const Headers& headers, const Bytes& frame, const Attempt& attempt) {
  const uint64_t hash = placing_hash(headers.flow, rules.affinity, tables.placing);
  if (const auto choice = choose_for_datagram(tables, rules, pool, headers, frame, hash))
    return *choice;
  return Chooser(tables, rules.pool, pool, headers, hash, attempt).choose();
}

}  // namespace ricochet::reference

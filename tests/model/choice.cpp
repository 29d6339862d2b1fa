// SPDX-License-Identifier: Apache-2.0
#include "choice.h"

#include "find.h"
#include "flow_hash.h"

namespace ricochet::reference {
namespace {

class Chooser {
 public:
  Chooser(const RouterTables& tables, PoolIndex index, const Pool& pool, const Headers& headers,
          const Attempt& attempt)
      : tables_(tables), index_(index), pool_(pool), headers_(headers), attempt_(attempt) {
    hash_ = flow_hash(headers.flow, tables.flow_seed);
    if (pool.buckets.empty()) return;
    bucket_index_ = bucket_index(hash_, pool.buckets.size());
    bucket_ = pool.buckets[bucket_index_];
  }

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

  [[nodiscard]] std::optional<unsigned> live_owner(unsigned first) const;
  PinSet* places();
  Slot recall();
  void remember(Slot slot);
  void forget();

  const RouterTables& tables_;
  const PoolIndex index_;
  const Pool& pool_;
  const Headers& headers_;
  const Attempt& attempt_;
  uint64_t hash_ = 0;
  size_t bucket_index_ = 0;
  Bucket bucket_;
  PinChanges changes_;
};

// The first live one from `first` on.
std::optional<unsigned> Chooser::live_owner(unsigned first) const {
  for (unsigned i = first; i < bucket_.owners.size(); i++) {
    const Slot slot = bucket_.owners[i];
    const Backend* backend = slot == kNobody ? nullptr : find(tables_.backends, slot);
    if (backend && backend->live) return i;
  }
  return std::nullopt;
}

// The places of the flow's pin, to be changed. Null where there are no pins.
PinSet* Chooser::places() {
  if (tables_.pins.empty()) return nullptr;
  if (!changes_.set) {
    const size_t set = pin_set_index(hash_, tables_.pins.size());
    changes_.set = {set, tables_.pins[set]};
  }
  return &changes_.set->second;
}

// The backend that the flow is pinned to, if it is live and still the one that was meant. A pin
// that is used is young again.
Slot Chooser::recall() {
  PinSet* set = places();
  Pin* pin = set ? find_pin(*set, headers_.flow) : nullptr;
  const Backend* backend = pin ? find(tables_.backends, pin->backend) : nullptr;
  if (!backend || !backend->live || backend->epoch != pin->epoch) return kNobody;
  pin->age = 0;
  return pin->backend;
}

// The paper's mark cannot say that a pin leads a packet.
void Chooser::remember(Slot slot) {
  PinSet* set = places();
  if (!set || pool_.mark_mode == MarkMode::ecmp_er) return;
  const Pin pin{
      .flow = headers_.flow, .backend = slot, .epoch = tables_.backends.at(slot).epoch, .age = 0};
  changes_.evicted = put_pin(*set, pin, hash_);
  changes_.bucket = {index_, bucket_index_};
}

void Chooser::forget() {
  PinSet* set = bucket_.pinned ? places() : nullptr;
  if (set) remove_pins(*set, headers_.flow);
}

Choice Chooser::choose() {
  // The older owners are to end their connections and get no new ones.
  if (headers_.opens() && bucket_.owners[0] == kNobody) return nobody(RCH_ROUTER_DROP_NO_BACKEND);

  if (headers_.opens() || attempt_.restart) {
    forget();
  } else if (bucket_.pinned && attempt_.number == 0) {
    if (const Slot pinned = recall()) return to(pinned, RCH_ROUTER_PINNED, kPinnedMark);
    changes_.missed = true;
  }

  if (const auto i = live_owner(attempt_.number)) {
    if (attempt_.number > 0) remember(bucket_.owners[*i]);
    return to(bucket_.owners[*i], verdict_of_an_owner(), *i);
  }
  if (attempt_.number == 0) return nobody(RCH_ROUTER_DROP_NO_BACKEND);

  // Past the last owner. While a table settles the numbers may have moved under the bounce, and one
  // that was not asked may have the connection: a lost packet is sent again, a RST is for ever.
  if (pool_.settling) return nobody(RCH_ROUTER_DROP_SETTLING);
  forget();
  const auto i = live_owner(0);
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

Choice choose(const RouterTables& tables, PoolIndex index, const Pool& pool, const Headers& headers,
              const Attempt& attempt) {
  return Chooser(tables, index, pool, headers, attempt).choose();
}

}  // namespace ricochet::reference

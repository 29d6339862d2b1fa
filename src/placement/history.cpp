// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "placement/bucket.h"

namespace ricochet {
namespace {

using StateOf = std::function<OwnerState(BackendId)>;

// All sizes are powers of two, so a smaller table repeated is the same table.
BackendId owner_at(std::span<const BackendId> owners, size_t index) {
  return owners.empty() ? BackendId{0} : owners[index & (owners.size() - 1)];
}

Bucket bucket_at(std::span<const Bucket> buckets, size_t index) {
  return buckets.empty() ? Bucket{} : buckets[index & (buckets.size() - 1)];
}

bool remembers(const Bucket& bucket) {
  return bucket.owner[1] != 0;
}

bool knows(const Bucket& bucket, BackendId id) {
  return std::ranges::find(bucket.owner, id) != bucket.owner.end();
}

// The owners of a bucket but one, newest first.
class OwnerList {
 public:
  OwnerList(const Bucket& bucket, BackendId except) {
    for (const BackendId id : bucket.owner) {
      if (id != 0 && id != except) ids_[size_++] = id;
    }
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::span<const BackendId> ids() const { return {ids_.data(), size_}; }

  void erase(size_t position) {
    std::copy(ids_.begin() + position + 1, ids_.begin() + size_, ids_.begin() + position);
    --size_;
  }

 private:
  std::array<BackendId, kOwners> ids_{};
  size_t size_ = 0;
};

// Which of the owners a full bucket forgets: the oldest dead one, else the oldest removed one,
// else the oldest. `displaced` owned the bucket until this step; removed or not, it holds its
// newest connections and is kept unless it is dead.
size_t position_to_forget(std::span<const BackendId> owners, BackendId displaced,
                          const StateOf& state_of) {
  size_t position = owners.size() - 1;
  bool removed_found = false;
  for (size_t candidate = owners.size(); candidate-- > 0;) {
    const OwnerState state = state_of(owners[candidate]);
    if (state == OwnerState::dead) return candidate;
    if (state == OwnerState::removed && !removed_found && owners[candidate] != displaced) {
      position = candidate;
      removed_found = true;
    }
  }
  return position;
}

Bucket push_owner(const Bucket& before, BackendId owner, size_t depth, const StateOf& state_of) {
  if (before.owner[0] == owner && (depth == kOwners || before.owner[depth] == 0)) return before;
  OwnerList previous(before, owner);
  while (previous.size() >= depth) {
    previous.erase(position_to_forget(previous.ids(), before.owner[0], state_of));
  }
  Bucket after;
  after.owner[0] = owner;
  std::ranges::copy(previous.ids(), after.owner.begin() + 1);
  return after;
}

PoolTable advance_none(std::span<const BackendId> owners) {
  PoolTable after;
  after.current_count = static_cast<uint32_t>(owners.size());
  after.buckets.resize(owners.size());
  for (size_t index = 0; index < owners.size(); ++index) {
    after.buckets[index].owner[0] = owners[index];
  }
  return after;
}

PoolTable advance_two_tables(const PoolTable& before, std::span<const BackendId> owners) {
  PoolTable after;
  after.current_count = static_cast<uint32_t>(owners.size());
  after.previous_count = before.current_count;
  after.buckets.resize(std::max(after.current_count, after.previous_count));
  for (size_t index = 0; index < after.buckets.size(); ++index) {
    after.buckets[index].owner = {owner_at(owners, index),
                                  bucket_at(before.buckets, index).owner[0]};
  }
  return after;
}

PoolTable advance_distinct(const PoolTable& before, std::span<const BackendId> owners, size_t depth,
                           const StateOf& state_of) {
  PoolTable after;
  after.buckets.resize(std::max(owners.size(), before.buckets.size()));
  for (size_t index = 0; index < after.buckets.size(); ++index) {
    after.buckets[index] =
        push_owner(bucket_at(before.buckets, index), owner_at(owners, index), depth, state_of);
  }
  // Nothing remembered: the table is the placement again, repeated or not.
  if (std::ranges::none_of(after.buckets, remembers)) after.buckets.resize(owners.size());
  after.current_count = static_cast<uint32_t>(after.buckets.size());
  after.previous_count = std::min(before.current_count, after.current_count);
  return after;
}

// Both tables are compared at the finer of their counts.
void add_cost(const PoolTable& before, const PoolTable& after, const StateOf& state_of,
              ChangeCost& cost) {
  const size_t count = std::max(before.buckets.size(), after.buckets.size());
  for (size_t index = 0; index < count; ++index) {
    const Bucket old_bucket = bucket_at(before.buckets, index);
    const Bucket new_bucket = bucket_at(after.buckets, index);
    if (old_bucket == new_bucket) continue;
    if (old_bucket.owner[0] != new_bucket.owner[0]) ++cost.buckets_moved;
    // In two tables one owner can be there twice; it is forgotten once.
    const OwnerList old_owners(old_bucket, old_bucket.owner[0]);
    const auto forgotten_live = [&](BackendId id) {
      return id != 0 && !knows(new_bucket, id) && state_of(id) != OwnerState::dead;
    };
    cost.history_evicted_live +=
        static_cast<uint32_t>(std::ranges::count_if(old_owners.ids(), forgotten_live)) +
        (forgotten_live(old_bucket.owner[0]) ? 1 : 0);
  }
}

}  // namespace

PoolTable advance(const PoolTable& before, std::span<const BackendId> owners, HistoryPolicy policy,
                  size_t depth, const std::function<OwnerState(BackendId)>& state_of,
                  ChangeCost& cost) {
  PoolTable after;
  switch (policy) {
    case HistoryPolicy::none:
      after = advance_none(owners);
      break;
    case HistoryPolicy::two_tables:
      after = advance_two_tables(before, owners);
      break;
    case HistoryPolicy::distinct:
      after = advance_distinct(before, owners, depth, state_of);
      break;
  }
  add_cost(before, after, state_of, cost);
  return after;
}

}  // namespace ricochet

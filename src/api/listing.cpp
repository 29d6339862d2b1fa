// SPDX-License-Identifier: Apache-2.0
#include "api/listing.h"

#include <algorithm>

namespace ricochet {
namespace {

struct Counts {
  size_t current = 0;
  size_t previous = 0;
};

Counts counts_of(const PoolState& pool, HistoryPolicy history) {
  const PoolTable& table = *pool.table;
  const bool takes_connections = !pool.members.backends.empty();
  switch (history) {
    case HistoryPolicy::none:
      return {.current = table.buckets.size(), .previous = 0};
    case HistoryPolicy::two_tables:
      return {.current = table.current_count, .previous = table.previous_count};
    case HistoryPolicy::distinct:
      break;
  }
  const bool remembers =
      std::ranges::any_of(table.buckets, [](const Bucket& bucket) { return bucket.owner[1] != 0; });
  return {.current = takes_connections ? table.buckets.size() : 0,
          .previous = remembers ? table.buckets.size() : 0};
}

class Builder {
 public:
  explicit Builder(const Snapshot& snapshot) : snapshot_(snapshot) {
    listing_.generation = snapshot.state.generation;
    listing_.neigh = snapshot.neighbours;
    listing_.cur_nh.emplace_back();
    listing_.prv_nh.emplace_back();
  }

  Listing run() {
    for (const auto& [key, pool] : snapshot_.state.pools) add(key, pool);
    return std::move(listing_);
  }

 private:
  void add(const ServiceKey& key, const PoolState& pool) {
    const Counts counts = counts_of(pool, snapshot_.history);
    const std::span<const Bucket> buckets = pool.table->buckets;
    listing_.ipv4_lpm.push_back(
        {.service = key,
         .current = append(listing_.cur_nh, buckets.first(counts.current), 0),
         .previous = append(listing_.prv_nh, buckets.first(counts.previous), 1)});
  }

  NexthopRange append(NexthopTable& table, std::span<const Bucket> buckets, size_t rank) const {
    const NexthopRange range{.offset = table.size(), .count = buckets.size()};
    for (const Bucket& bucket : buckets) table.push_back(nexthop(bucket.owner[rank]));
    return range;
  }

  [[nodiscard]] std::optional<Ipv4Address> nexthop(BackendId id) const {
    if (id == 0) return std::nullopt;
    return snapshot_.state.backends.at(id).value_or(Ipv4Address{});
  }

  const Snapshot& snapshot_;
  Listing listing_;
};

}  // namespace

Listing make_listing(const Snapshot& snapshot) {
  return Builder(snapshot).run();
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
//
// How a balancer makes its table from the fleet. Every balancer here is a table of buckets that a
// hash chooses from; they differ in who owns a bucket and in whom a packet may be passed on to.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "placement/bucket.h"
#include "simulate/fleet.h"

namespace ricochet {

class TableMaker {
 public:
  TableMaker() = default;
  TableMaker(const TableMaker&) = delete;
  TableMaker& operator=(const TableMaker&) = delete;
  virtual ~TableMaker() = default;

  // A power of two; no table has more buckets. A smaller one is repeated.
  [[nodiscard]] virtual uint32_t buckets_max() const = 0;

  // The table after a change of the fleet; until the next call. Whoever is in a bucket is tried in
  // order by its packets, but for those who hold no connections. Adds to `cost`.
  virtual std::span<const Bucket> follow(const Fleet& fleet, ChangeCost& cost) = 0;
};

// Ricochet's own placement and history.
struct HistoryOptions {
  Placement placement = Placement::maglev;
  HistoryPolicy policy = HistoryPolicy::distinct;
  size_t depth = kOwners;  // of `distinct`
  uint32_t buckets = 0;    // modulo with a history: at most so many, by paper_bucket_count
};
std::unique_ptr<TableMaker> make_history_tables(const HistoryOptions& options);

// A resilient nexthop group of Linux. Buckets of who is not active go to those who have fewer than
// their share, ascending; buckets of who has more than his share go there, too, if the group is
// `forced` (an unbalanced timer that is short against the time between two changes). Without it
// only idle buckets would: with millions of flows none is, for the 120 s of the default timer.
std::unique_ptr<TableMaker> make_resilient_tables(uint32_t buckets, bool forced);

// GLB's two servers for each row of the table, by rendezvous hashing among all that are not
// absent: if the first is not active and the second is, they change places. Where both are dead,
// packets find nobody.
std::unique_ptr<TableMaker> make_rendezvous_tables(uint32_t buckets, size_t backends);

}  // namespace ricochet

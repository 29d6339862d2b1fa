// SPDX-License-Identifier: Apache-2.0
#include "simulate/scheme.h"

#include <algorithm>
#include <array>

namespace ricochet {
namespace {

// Plain ECMP takes a hash modulo n. So many values of the hash are enough to tell.
constexpr uint32_t kEcmpHashes = 1 << 16;
// The count is a 16-bit number in the kernel; this is its greatest power of two.
constexpr uint32_t kResilientBucketsMax = 1 << 15;

// What the others store, by their published sources.
constexpr uint64_t kNextHopBytes = 4;           // an IPv4 address
constexpr uint64_t kResilientBucketBytes = 32;  // next hop, times of last use and migration, flags
constexpr uint64_t kRendezvousRowBytes = 8;     // two indexes
constexpr uint64_t kRingSlotBytes = 4;          // an index
constexpr uint64_t kConnectionBytes = 56;       // a flow with room for IPv6, an index, a time
constexpr uint64_t kPinBytes = 8;               // a word (abi/ricochet.h)

Scheme make_ecmp(const SchemeOptions& options) {
  return {.tables = make_history_tables({.placement = Placement::modulo,
                                         .policy = HistoryPolicy::none,
                                         .buckets = std::min(options.buckets, kEcmpHashes)}),
          .table_bytes = options.backends * kNextHopBytes};
}

Scheme make_resilient(const SchemeOptions& options, bool forced) {
  const uint32_t buckets = std::min(options.buckets, kResilientBucketsMax);
  return {.tables = make_resilient_tables(buckets, forced),
          .table_bytes = buckets * kResilientBucketBytes};
}

Scheme make_resilient_idle(const SchemeOptions& options) {
  return make_resilient(options, false);
}

Scheme make_resilient_forced(const SchemeOptions& options) {
  return make_resilient(options, true);
}

Scheme make_ecmp_er(const SchemeOptions& options) {
  const uint32_t buckets = paper_bucket_count(options.backends);
  return {.tables = make_history_tables({.placement = Placement::modulo,
                                         .policy = HistoryPolicy::two_tables,
                                         .buckets = buckets}),
          .table_bytes = 2 * kNextHopBytes * buckets};
}

Scheme make_rendezvous(const SchemeOptions& options) {
  return {.tables = make_rendezvous_tables(options.buckets, options.backends),
          .table_bytes = options.buckets * kRendezvousRowBytes};
}

Scheme make_maglev_table(const SchemeOptions& options) {
  return {
      .tables = make_history_tables({.policy = HistoryPolicy::none, .buckets = options.buckets}),
      .table_bytes = options.buckets * kRingSlotBytes,
      .memory = FlowMemory::connections,
      .entries = options.connection_entries,
      .entry_bytes = kConnectionBytes};
}

Scheme make_maglev_table_lost(const SchemeOptions& options) {
  Scheme scheme = make_maglev_table(options);
  scheme.memory_is_lost = true;
  return scheme;
}

template <size_t kDepth>
Scheme make_history(const SchemeOptions& options) {
  const HistoryPolicy policy = kDepth == 1 ? HistoryPolicy::none : HistoryPolicy::distinct;
  return {.tables =
              make_history_tables({.policy = policy, .depth = kDepth, .buckets = options.buckets}),
          .table_bytes = options.buckets * sizeof(Bucket)};
}

Scheme make_history_modulo(const SchemeOptions& options) {
  const uint32_t buckets = paper_bucket_count(options.backends);
  return {.tables = make_history_tables({.placement = Placement::modulo, .buckets = buckets}),
          .table_bytes = buckets * sizeof(Bucket)};
}

Scheme make_history_pins(const SchemeOptions& options) {
  Scheme scheme = make_history<kOwners>(options);
  scheme.memory = FlowMemory::pins;
  scheme.entries = options.pin_entries;
  scheme.entry_bytes = kPinBytes;
  return scheme;
}

struct NamedScheme {
  std::string_view name;
  std::string_view description;
  Scheme (*make)(const SchemeOptions& options);
};

constexpr std::array kSchemes = std::to_array<NamedScheme>({
    {"ecmp", "hash modulo the number of servers", make_ecmp},
    {"resilient", "Linux resilient nexthop group, default timers", make_resilient_idle},
    {"resilient-forced", "the same, brought into balance by force", make_resilient_forced},
    {"ecmp-er", "the ECMP-ER paper: this table and the previous one", make_ecmp_er},
    {"rendezvous", "GLB: two servers a row by rendezvous hashing", make_rendezvous},
    {"maglev-table", "katran: Maglev and a connection table", make_maglev_table},
    {"maglev-table-lost", "the same, half-way at another balancer", make_maglev_table_lost},
    {"history-1", "Ricochet without history", make_history<1>},
    {"history-2", "Ricochet, two owners a bucket", make_history<2>},
    {"history-3", "Ricochet, three owners a bucket", make_history<3>},
    {"history-4", "Ricochet, four owners a bucket", make_history<4>},
    {"history-4-modulo", "the same with the paper's placement", make_history_modulo},
    {"history-4-pins", "history-4 that notes where a bounced flow ended", make_history_pins},
});

}  // namespace

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  names.reserve(kSchemes.size());
  for (const NamedScheme& scheme : kSchemes) names.emplace_back(scheme.name);
  return names;
}

std::string_view describe_scheme(std::string_view name) {
  return std::ranges::find(kSchemes, name, &NamedScheme::name)->description;
}

Scheme make_scheme(std::string_view name, const SchemeOptions& options) {
  return std::ranges::find(kSchemes, name, &NamedScheme::name)->make(options);
}

}  // namespace ricochet

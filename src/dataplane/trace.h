// SPDX-License-Identifier: Apache-2.0
//
// What the router would do with a packet, step by step and in words, from the live maps. The steps
// are those of bpf/router.bpf.c; tests/bpf/trace_test.cpp holds the two against each other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/live_tables.h"
#include "dataplane/router.h"
#include "model/choices.h"
#include "net/address.h"
#include "util/result.h"

namespace ricochet {

// A whole, well-formed packet of IPv4 with a TTL that lasts. It comes in by another interface than
// it leaves by, which makes no difference while both are there.
struct TracedPacket {
  Address source;
  uint16_t source_port = 0;
  Address destination;
  uint16_t destination_port = 0;
  Protocol protocol = Protocol::tcp;  // tcp or udp
  bool opens = false;                 // SYN without ACK
  uint32_t attempt = 0;               // as marked by a backend that is believed, 0 to kAttemptMax
};
inline constexpr uint32_t kAttemptMax = RCH_MARK_FINAL;

// What the maps do not know.
struct TraceNames {
  std::function<std::string(PoolIndex)> pool;  // its name; none: the index will do
  std::optional<uint64_t> generation;          // the one that is published
};

struct TraceStep {
  std::string step;  // "service", "pool", "attempt", "bucket", "owner 0", "next hop", ...
  std::string text;  // what was found, and so what follows
};

struct Trace {
  std::string verdict;  // a name of abi/ricochet.h
  std::vector<TraceStep> steps;
  // What the steps found, as far as the packet got.
  std::optional<PoolIndex> pool;
  std::optional<uint32_t> bucket;  // in the pool's table
  std::vector<BackendId> owners;   // of the bucket, 0 is none
  std::optional<BackendId> backend;
  std::optional<MacAddress> nexthop;
  uint32_t mark = 0;  // as it leaves: RCH_MARK_..., else the attempt
};

// An error if the packet is none that is described above.
Result<void> check_traced(const TracedPacket& packet);

// An error if check_traced() has one.
Result<Trace> trace_packet(const LiveTables& tables, const TracedPacket& packet,
                           const TraceNames& names);

}  // namespace ricochet

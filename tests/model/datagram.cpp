// SPDX-License-Identifier: Apache-2.0
#include "datagram.h"

#include "find.h"
#include "owners.h"

namespace ricochet::reference {
namespace {

// RFC 9000, section 17: which of its two headers a QUIC packet has.
constexpr uint8_t kLongHeader = 0x80;
// draft-ietf-quic-load-balancers: the first three bits of a connection ID, all set, mean that it
// says nothing.
constexpr uint8_t kNoConfiguration = 7;
constexpr size_t kIdAt = 2;  // behind the flags and the first octet of the connection ID
constexpr size_t kLongestIdBytes = 8;

// The live server that the packet names by the connection ID of its short header.
Slot find_quic_server(const RouterTables& tables, PoolIndex pool, const Headers& headers,
                      const Bytes& frame) {
  const size_t at = headers.datagram_at;
  const uint32_t* id_bytes = find(tables.quic_id_bytes, pool);
  // Whatever is shorter than the longest ID is no packet that a client can have protected.
  if (at == 0 || !id_bytes || frame.size() < at + kIdAt + kLongestIdBytes) return kNobody;
  if (frame[at] & kLongHeader || frame[at + 1] >> 5 == kNoConfiguration) return kNobody;
  QuicServer named{.pool = pool, .id = 0};
  for (size_t i = 0; i < *id_bytes; i++) named.id = named.id * 256 + frame[at + kIdAt + i];
  const Slot* slot = find(tables.quic_servers, named);
  return slot && live_backend(tables, *slot) ? *slot : kNobody;
}

// A flow stays where it began, for as long as that is there.
Choice choose_kept(const RouterTables& tables, const Pool& pool, const Headers& headers,
                   uint64_t flow_hash) {
  const size_t index = pin_set_index(flow_hash, tables.kept.size());
  PinSet set = tables.kept[index];
  if (const Slot slot = recall(tables, set, flow_hash))
    return {.verdict = RCH_ROUTER_KEPT, .backend = slot, .kept = {.set = {{index, set}}}};

  const Bucket bucket = bucket_of(pool, flow_hash);
  const auto owner = live_owner(tables, bucket, 0);
  if (!owner) return {.verdict = RCH_ROUTER_DROP_NO_BACKEND};
  const Slot slot = bucket.owners[*owner];
  const bool evicted = put_pin(set, {.flow = headers.flow,
                                     .hash = flow_hash,
                                     .backend = slot,
                                     .epoch = tables.backends.at(slot).epoch,
                                     .age = 0});
  return {.verdict = RCH_ROUTER_FORWARD,
          .backend = slot,
          .kept = {.set = {{index, set}}, .evicted = evicted}};
}

}  // namespace

std::optional<Choice> choose_for_datagram(const RouterTables& tables, const Rules& rules,
                                          const Pool& pool, const Headers& headers,
                                          const Bytes& frame, uint64_t flow_hash) {
  if (headers.flow.protocol != kUdpProtocol) return std::nullopt;
  if (rules.reads_quic)
    if (const Slot slot = find_quic_server(tables, rules.pool, headers, frame))
      return Choice{.verdict = RCH_ROUTER_QUIC, .backend = slot};
  if (!rules.keeps_flows || tables.kept.empty()) return std::nullopt;
  return choose_kept(tables, pool, headers, flow_hash);
}

}  // namespace ricochet::reference

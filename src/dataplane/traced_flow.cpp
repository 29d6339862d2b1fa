// SPDX-License-Identifier: Apache-2.0
#include "dataplane/traced_flow.h"

#include <arpa/inet.h>

#include "dataplane/encode.h"

namespace ricochet {
namespace {

__be32 ports_of(const TracedPacket& packet) {
  return htons(packet.source_port) | static_cast<uint32_t>(htons(packet.destination_port)) << 16;
}

uint64_t hash_whole(const LiveTables& tables, const TracedPacket& packet) {
  const auto protocol = static_cast<uint8_t>(packet.protocol);
  if (packet.destination.is_ipv4()) {
    return rch_flow_hash(packet.source.ipv4_network_order(),
                         packet.destination.ipv4_network_order(), ports_of(packet), protocol,
                         tables.flow_seed());
  }
  const rch_address source = encode_address(packet.source);
  const rch_address destination = encode_address(packet.destination);
  return rch_flow_hash6(&source, &destination, ports_of(packet), protocol, tables.flow_seed());
}

uint64_t hash_source(const LiveTables& tables, const TracedPacket& packet, uint32_t affinity) {
  const __be32 ports = affinity == RCH_AFFINITY_SOURCE_PORTS ? ports_of(packet) : 0;
  rch_address source = encode_address(packet.source);
  if (affinity == RCH_AFFINITY_SOURCE_PREFIX) {
    const rch_address mask = tables.source_mask(packet.source.is_ipv4());
    for (size_t i = 0; i < std::size(source.word); ++i) source.word[i] &= mask.word[i];
  }
  if (packet.source.is_ipv4()) return rch_source_hash(source.word[3], ports, tables.flow_seed());
  return rch_source_hash6(&source, ports, tables.flow_seed());
}

}  // namespace

uint64_t hash_flow(const LiveTables& tables, const TracedPacket& packet, uint32_t service_options) {
  const uint32_t affinity = service_options & RCH_SERVICE_AFFINITY;
  const uint64_t whole = hash_whole(tables, packet);
  if (affinity == RCH_AFFINITY_FLOW) return whole;
  return rch_placed_by(hash_source(tables, packet, affinity), whole);
}

}  // namespace ricochet

// SPDX-License-Identifier: Apache-2.0
#include "random_quic.h"

#include <array>
#include <iterator>

#include "router_model.h"

namespace ricochet::test {
namespace {

using reference::Bytes;
using reference::PoolIndex;
using reference::RouterTables;

// Never set, and beyond the table.
constexpr std::array<reference::Slot, 3> kNoBackends = {99, 4097, reference::kNobody};

template <class Map>
typename Map::const_iterator some_entry(Random& random, const Map& map) {
  return std::next(map.begin(), random.below(static_cast<uint32_t>(map.size())));
}

uint32_t some_id_bytes(Random& random) {
  return 1 + random.below(RCH_QUIC_ID_BYTES_MAX);
}

uint64_t some_server_id(Random& random, uint32_t bytes) {
  // So few of those that are short that an ID is met without being looked for.
  return random.chance(20) ? random.below(4) : random.next() >> (64 - 8 * bytes);
}

// One of the pool, if it has one; now and then of any pool.
uint64_t some_known_id(Random& random, const RouterTables& tables, PoolIndex pool) {
  const auto first = tables.quic_servers.lower_bound({.pool = pool, .id = 0});
  const auto end = tables.quic_servers.lower_bound({.pool = pool + 1, .id = 0});
  const auto count = static_cast<uint32_t>(std::distance(first, end));
  if (count > 0 && random.chance(90)) return std::next(first, random.below(count))->first.id;
  if (tables.quic_servers.empty()) return 0;
  return some_entry(random, tables.quic_servers)->first.id;
}

}  // namespace

void lay_quic(Random& random, RouterTables& tables) {
  for (const auto& entry : tables.pools) {
    const PoolIndex pool = entry.first;
    const uint32_t bytes = some_id_bytes(random);
    if (random.chance(85)) tables.quic_id_bytes[pool] = bytes;
    for (uint32_t i = random.below(8); i > 0; i--) {
      const bool is_backend = !tables.backends.empty() && random.chance(95);
      tables.quic_servers[{pool, some_server_id(random, bytes)}] =
          is_backend ? some_entry(random, tables.backends)->first : random.one_of(kNoBackends);
    }
  }
}

Bytes some_quic_packet(Random& random, const RouterTables& tables, const reference::Flow& flow) {
  const reference::Rules* rules = reference::find_rules(tables, flow);
  const PoolIndex pool = rules ? rules->pool : 0;
  const auto known_bytes = tables.quic_id_bytes.find(pool);
  const uint32_t bytes =
      known_bytes == tables.quic_id_bytes.end() ? some_id_bytes(random) : known_bytes->second;
  const uint64_t id =
      random.chance(75) ? some_known_id(random, tables, pool) : some_server_id(random, bytes);
  Bytes packet = {random.octet(), random.octet()};
  if (random.chance(80)) packet[0] &= 0x7f;  // a short header
  if (random.chance(80)) packet[1] &= 0xdf;  // an ID that says something
  for (uint32_t i = bytes; i > 0; i--) packet.push_back(static_cast<uint8_t>(id >> 8 * (i - 1)));
  for (uint32_t i = 8 + random.below(20); i > 0; i--) packet.push_back(random.octet());
  return packet;
}

}  // namespace ricochet::test

// SPDX-License-Identifier: Apache-2.0
#include "random_router.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "pins.h"
#include "random_quic.h"
#include "router_model.h"

namespace ricochet::test {
namespace {

using reference::Flow;
using reference::Owners;
using reference::Pin;
using reference::PinSet;
using reference::Pool;
using reference::PoolIndex;
using reference::RouterTables;
using reference::Rules;
using reference::Slot;

// Slots that need one byte or two, neighbours, and the last there is.
constexpr std::array<Slot, 16> kSlots = {1,   2,   3,   4,   5,    6,    7,    8,
                                         255, 256, 257, 300, 1023, 2048, 4095, 4096};
// Owners that are no backends: never set, beyond the table up to what a bucket can say, and nobody.
constexpr std::array<Slot, 4> kNoBackends = {99, 4097, 32767, reference::kNobody};
constexpr std::array<PoolIndex, 7> kPools = {0, 1, 7, 8, 128, 254, 255};
constexpr std::array<PoolIndex, 2> kEmptyPools = {30, 200};
constexpr std::array<uint16_t, 6> kPorts = {1, 53, 80, 443, 0x5000, 65535};
constexpr std::array<uint32_t, 8> kLengths = {0, 8, 16, 24, 29, 30, 31, 32};
// Within each of the four words of an address, at their borders, and the last there are.
constexpr std::array<uint32_t, 14> kLengths6 = {0,  16, 31, 32,  33,  48,  63,
                                                64, 65, 96, 112, 126, 127, 128};
constexpr uint64_t kDocumentation = 0x20010db800000000;
constexpr uint32_t kClients = 1u << 16;
constexpr uint32_t kFragmentingClients = 4;
constexpr uint32_t kBucketsMax = 64;
constexpr std::array<uint8_t, 2> kTransports = {reference::kTcpProtocol, reference::kUdpProtocol};

static_assert(kPools.size() * kBucketsMax < kTableBuckets);

// Few enough to be met again, of both families. Never 0.0.0.0, which no service can have.
reference::Address some_address(Random& random) {
  const uint32_t network = random.below(3), host = random.below(6);
  if (random.chance(50)) return reference::ipv4_address(10u << 24 | network << 8 | host);
  return {kDocumentation | network, uint64_t{host} << (random.chance(50) ? 0 : 60)};
}

// Of a client, of the same family.
reference::Address some_source(Random& random, const reference::Address& destination,
                               uint32_t clients) {
  const uint32_t client = random.below(clients);
  if (destination.is_ipv4()) return reference::ipv4_address(10u << 24 | 1u << 16 | client);
  return {kDocumentation | 1u << 16 | client % 7, client};
}

Mac mac_of(Slot slot) {
  return {0x02, 0, 0, 0xbe, static_cast<uint8_t>(slot >> 8), static_cast<uint8_t>(slot)};
}

PoolIndex some_pool(Random& random) {
  return random.chance(95) ? random.one_of(kPools) : random.one_of(kEmptyPools);
}

Rules some_rules(Random& random) {
  constexpr std::array kAffinities = {reference::Affinity::flow, reference::Affinity::source_ports,
                                      reference::Affinity::source,
                                      reference::Affinity::source_prefix};
  return {.pool = some_pool(random),
          .affinity = random.one_of(kAffinities),
          .keeps_flows = random.chance(40),
          .reads_quic = random.chance(40)};
}

Owners some_owners(Random& random) {
  Owners owners{};
  const uint32_t count = random.below(RCH_OWNERS + 1);
  for (uint32_t i = 0; i < count; i++)
    owners[i] = random.chance(90) ? random.one_of(kSlots) : random.one_of(kNoBackends);
  if (random.chance(15)) owners[random.below(RCH_OWNERS)] = reference::kNobody;
  return owners;
}

Pool some_pool_contents(Random& random) {
  Pool pool;
  pool.settling = random.chance(30);
  pool.history = random.chance(85);
  if (random.chance(30)) pool.mark_mode = reference::MarkMode::ecmp_er;
  pool.buckets.resize(size_t{1} << random.below(std::bit_width(kBucketsMax)));
  // Where packets cannot be marked as pinned no bucket is.
  const bool knows_pins = pool.history && pool.mark_mode == reference::MarkMode::dscp;
  for (reference::Bucket& bucket : pool.buckets)
    bucket = {.owners = some_owners(random), .pinned = knows_pins && random.chance(60)};
  return pool;
}

// The whole network is a service seldom, or nothing would be left to the kernel.
std::optional<reference::Prefix> some_prefix(Random& random) {
  const reference::Address address = some_address(random);
  const auto mask = [](uint32_t bits) { return bits == 0 ? 0 : ~uint64_t{0} << (64 - bits); };
  if (address.is_ipv4()) {
    const uint32_t length = random.one_of(kLengths);
    if (length < 24 && random.chance(70)) return std::nullopt;
    return reference::Prefix{{address.high, address.low & mask(32 + length)}, length};
  }
  const uint32_t length = random.one_of(kLengths6);
  if (length < 64 && random.chance(70)) return std::nullopt;
  return reference::Prefix{{address.high & mask(std::min(length, 64u)),
                            address.low & mask(length < 64 ? 0 : length - 64)},
                           length};
}

void lay_services(Random& random, RouterTables& tables) {
  for (uint32_t i = random.below(16); i > 0; i--)
    tables.services[{some_address(random), random.one_of(kPorts), random.one_of(kTransports)}] =
        some_rules(random);
  for (uint32_t i = random.below(6); i > 0; i--)
    tables.services_of_any_port[some_address(random)] = some_rules(random);
  for (uint32_t i = random.below(12); i > 0; i--)
    if (const auto prefix = some_prefix(random)) tables.prefixes[*prefix] = some_rules(random);
}

reference::Address some_destination(Random& random, const RouterTables& tables) {
  if (random.chance(60) && !tables.services.empty()) {
    auto service = tables.services.begin();
    std::advance(service, random.below(static_cast<uint32_t>(tables.services.size())));
    return service->first.address;
  }
  if (random.chance(95)) return some_address(random);
  if (random.chance(50)) return {random.next(), random.next()};
  return reference::ipv4_address(random.chance(20) ? 0 : random.number32());
}

bool is_transport(uint8_t protocol) {
  return std::ranges::find(kTransports, protocol) != kTransports.end();
}

uint8_t some_epoch(Random& random) {
  return static_cast<uint8_t>(random.below(RCH_PIN_EPOCHS));
}

uint8_t some_protocol(Random& random) {
  constexpr std::array<uint8_t, 5> kOthers = {1, 0, 47, 58, 132};
  const uint32_t kind = random.below(20);
  if (kind < 13) return reference::kTcpProtocol;
  if (kind < 18) return reference::kUdpProtocol;
  return kind == 18 ? random.one_of(kOthers) : random.octet();
}

// What an earlier first fragment told: of IPv6 its protocol as well, which may have no ports.
void lay_fragment(Random& random, RouterTables& tables) {
  const reference::Address destination = some_destination(random, tables);
  const reference::Address source = some_source(random, destination, kFragmentingClients);
  const uint32_t id = some_id(random, destination);
  const uint8_t transport = random.one_of(kTransports);
  if (!destination.is_ipv4() && random.chance(20)) {
    tables.fragments[{source, destination, id, 0}] = {.protocol = reference::kIcmpv6Protocol};
    return;
  }
  const uint8_t protocol_of_key = destination.is_ipv4() ? transport : 0;
  tables.fragments[{source, destination, id, protocol_of_key}] = {random.number16(),
                                                                  random.one_of(kPorts), transport};
}

// Of a packet to a service, as a rule.
Flow some_flow(Random& random, const RouterTables& tables, uint8_t protocol) {
  Flow flow{.source = {}, .destination = some_destination(random, tables), .protocol = protocol};
  flow.source = some_source(random, flow.destination, kClients);
  if (!is_transport(flow.protocol)) return flow;
  flow.source_port = random.chance(98) ? random.number16() : 0;
  flow.destination_port = random.chance(90) ? random.one_of(kPorts) : random.number16();
  if (random.chance(3)) flow.destination_port = 0;
  return flow;
}

// To any backend, mostly as it is now.
Pin some_pin(Random& random, const RouterTables& tables, const Flow& flow) {
  const Slot slot = random.chance(95) ? random.one_of(kSlots) : kNoBackends.front();
  const auto backend = tables.backends.find(slot);
  const bool holds = random.chance(75) && backend != tables.backends.end();
  const Rules* rules = reference::find_rules(tables, flow);
  const auto affinity = rules ? rules->affinity : reference::Affinity::flow;
  return {.flow = flow,
          .hash = reference::placing_hash(flow, affinity, tables.placing),
          .backend = slot,
          .epoch = holds ? backend->second.epoch : some_epoch(random),
          .age = static_cast<uint8_t>(random.below(RCH_PIN_AGE_MAX + 1))};
}

void lay_pin(Random& random, std::vector<PinSet>& sets, const Pin& pin) {
  PinSet& set = sets[reference::pin_set_index(pin.hash, sets.size())];
  auto& place = set[random.below(static_cast<uint32_t>(set.size()))];
  if (!place) place = pin;
}

// From none to so many that all sets are full. Of flows of any protocol, or mostly of UDP.
std::vector<PinSet> some_pins(Random& random, const RouterTables& tables, uint32_t count,
                              bool of_udp) {
  constexpr std::array<uint32_t, 4> kFlowsOfSet = {0, 4, 10, 40};
  std::vector<PinSet> sets(count);
  for (uint32_t i = count * random.one_of(kFlowsOfSet); i > 0; i--) {
    const bool is_udp = of_udp && random.chance(95);
    const uint8_t protocol = is_udp ? reference::kUdpProtocol : some_protocol(random);
    const Flow flow = some_flow(random, tables, protocol);
    lay_pin(random, sets, some_pin(random, tables, flow));
    // Two CPUs that set a flow's pin at once may do so in two places.
    if (random.chance(5)) lay_pin(random, sets, some_pin(random, tables, flow));
  }
  // One sweep makes all of them older by one; those that nobody uses have the same age.
  if (random.chance(30))
    for (PinSet& set : sets)
      for (auto& pin : set)
        if (pin) pin->age = 2;
  return sets;
}

// The flow of a pin, if one is found.
std::optional<Flow> some_pinned_flow(Random& random, const std::vector<PinSet>& sets) {
  if (sets.empty()) return std::nullopt;
  const auto& pin = random.one_of(random.one_of(sets));
  return pin ? std::optional(pin->flow) : std::nullopt;
}

// One that the router remembers, or any other.
Flow some_flow(Random& random, const RouterTables& tables) {
  std::optional<Flow> flow;
  const uint32_t kind = random.below(100);
  if (kind < 30) flow = some_pinned_flow(random, tables.pins);
  if (kind >= 85) flow = some_pinned_flow(random, tables.kept);
  return flow ? *flow : some_flow(random, tables, some_protocol(random));
}

Mac some_sender(Random& random) {
  constexpr Mac kStranger{0x02, 0, 0, 0, 0xc1, 0x01};
  if (random.chance(60)) return mac_of(random.one_of(kSlots));
  return random.chance(90) ? kStranger : Mac{};
}

}  // namespace

reference::NextHop RandomRouter::next_hop(Random& random, const Mac& mac) const {
  const uint32_t which = random.below(static_cast<uint32_t>(ifindexes_.size()));
  return {.mac = mac,
          .source_mac = {0x02, 0, 0, 0, 0xa0, static_cast<uint8_t>(which)},
          .ifindex = ifindexes_[which]};
}

void RandomRouter::lay_backends(Random& random, RouterTables& tables) const {
  for (const Slot slot : kSlots) {
    if (random.chance(60)) tables.backend_macs.insert(mac_of(slot));
    if (random.chance(10)) continue;
    tables.backends[slot] = {.live = random.chance(65),
                             .connected = random.chance(20),
                             .next_hop = next_hop(random, mac_of(slot)),
                             .epoch = some_epoch(random)};
  }
}

void RandomRouter::lay_neighbours(Random& random, RouterTables& tables) const {
  for (uint32_t i = random.below(16); i > 0; i--) {
    const reference::Address address = some_address(random);
    const uint64_t number = address.is_ipv4() ? address.low : address.high + address.low;
    const Mac mac{
        0x02, 0, 0, 0x0e, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
    tables.neighbours[address] = next_hop(random, mac);
  }
}

RouterTables RandomRouter::tables(Random& random, const RouterConstants& constants) const {
  RouterTables tables;
  tables.placing = constants.placing;
  tables.answers_echo = constants.answers_echo;
  for (uint32_t which = 0; which < ifindexes_.size(); which++) {
    if (random.chance(80)) tables.ports.insert(ifindexes_[which]);
    if (random.chance(25)) tables.backends_only.insert(ifindexes_[which]);
  }
  for (const PoolIndex pool : kPools) tables.pools[pool] = some_pool_contents(random);
  lay_backends(random, tables);
  lay_neighbours(random, tables);
  lay_services(random, tables);
  for (uint32_t i = random.below(12); i > 0; i--) lay_fragment(random, tables);
  tables.pins = some_pins(random, tables, constants.pin_sets, false);
  tables.kept = some_pins(random, tables, constants.flow_sets, true);
  lay_quic(random, tables);
  return tables;
}

RouterFrame RandomRouter::frame(Random& random, const RouterTables& tables) const {
  FrameFields fields;
  fields.source_mac = some_sender(random);
  const Flow flow = some_flow(random, tables);
  fields.protocol = flow.protocol;
  fields.source = flow.source;
  fields.destination = flow.destination;
  fields.source_port = flow.source_port;
  fields.destination_port = flow.destination_port;
  fields.sequence = random.number32();
  fields.tcp_flags = random_tcp_flags(random);
  fields.tos = random_tos(random);
  if (flow.protocol == reference::kUdpProtocol && random.chance(60))
    fields.payload = some_quic_packet(random, tables, flow);
  fields.payload_bytes = fields.payload.size();
  if (random.chance(6)) quote(random, fields);
  if (random.chance(4)) ask_echo(random, fields);
  if (random.chance(4) && !tables.fragments.empty()) {
    auto noted = tables.fragments.begin();
    std::advance(noted, random.below(static_cast<uint32_t>(tables.fragments.size())));
    fields.source = noted->first.source;
    fields.destination = noted->first.destination;
    fields.protocol = noted->second.protocol;
    be_fragment(random, fields);
  }
  vary(random, fields);
  RouterFrame frame{.bytes = to_frame(fields), .ingress_ifindex = random.one_of(ifindexes_)};
  while (random.chance(12)) damage(random, frame.bytes);
  keep_headers_in_first_buffer(frame.bytes);
  return frame;
}

}  // namespace ricochet::test

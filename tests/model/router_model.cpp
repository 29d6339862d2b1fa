// SPDX-License-Identifier: Apache-2.0
#include "router_model.h"

#include "choice.h"
#include "find.h"
#include "rewrite.h"

namespace ricochet::reference {
namespace {

// The first bits of an address, as many as there are.
Address first_bits(Address address, uint32_t count) {
  const auto mask = [](uint32_t bits) { return bits == 0 ? 0 : ~uint64_t{0} << (64 - bits); };
  if (count <= 64) return {address.high & mask(count), 0};
  return {address.high, address.low & mask(count - 64)};
}

bool covers(const Prefix& prefix, Address address) {
  constexpr uint32_t kBitsBeforeIpv4 = 96;
  if (prefix.address.is_ipv4() != address.is_ipv4()) return false;
  const uint32_t bits = prefix.length + (address.is_ipv4() ? kBitsBeforeIpv4 : 0);
  return first_bits(address, bits) == prefix.address;
}

// The most specific service first: address, port and protocol; address; prefix, the longest first.
const PoolIndex* find_pool(const RouterTables& tables, const Flow& flow) {
  const Address address = flow.destination;
  if (const auto* pool = find(tables.services, {address, flow.destination_port, flow.protocol}))
    return pool;
  if (const auto* pool = find(tables.services_of_any_port, address)) return pool;
  const std::pair<const Prefix, PoolIndex>* longest = nullptr;
  for (const auto& entry : tables.prefixes)
    if (covers(entry.first, address) && (!longest || entry.first.length > longest->first.length))
      longest = &entry;
  return longest ? &longest->second : nullptr;
}

std::pair<FragmentKey, FragmentNote> note_of(const Headers& headers) {
  const Flow& flow = headers.flow;
  return {fragment_key(headers), {flow.source_port, flow.destination_port, flow.protocol}};
}

// A later fragment whose first one came is as if it told its ports and protocol.
void recall(const RouterTables& tables, Headers& headers) {
  const FragmentNote* note = find(tables.fragments, fragment_key(headers));
  if (!note) return;
  headers.flow.source_port = note->source_port;
  headers.flow.destination_port = note->destination_port;
  headers.flow.protocol = note->protocol;
  headers.fragment = Fragment::none;
}

bool has_service_by_port(const RouterTables& tables, Address address) {
  const auto service = tables.services.lower_bound({.address = address});
  return service != tables.services.end() && service->first.address == address;
}

// With a pool, the packet has still to pass these in their order; the first that stops it counts.
RouterDecision forward(const RouterTables& tables, PoolIndex index, const Headers& headers,
                       const Bytes& frame, uint32_t ingress_ifindex) {
  static const Pool kEmptyPool;
  const Pool* found = find(tables.pools, index);
  const Pool& pool = found ? *found : kEmptyPool;
  RouterDecision decision{.action = Action::drop, .frame = frame};
  const auto drop = [&](rch_router_counter verdict) {
    decision.verdict = verdict;
    return decision;
  };

  const Attempt attempt = read_attempt(tables, pool, headers);
  if (attempt.foreign && tables.backends_only.contains(ingress_ifindex))
    return drop(RCH_ROUTER_DROP_FOREIGN_MARK);
  decision.mark_cleared = attempt.foreign;

  const Choice choice = choose(tables, index, pool, headers, attempt);
  decision.pins = choice.pins;
  if (choice.backend == kNobody) return drop(choice.verdict);
  const Backend& backend = tables.backends.at(choice.backend);
  // Which server has a fragment without ports cannot be known, unless its address says so.
  if (headers.fragment == Fragment::later && !backend.connected)
    return drop(RCH_ROUTER_DROP_FRAGMENT);

  const NextHop* next_hop =
      backend.connected ? find(tables.neighbours, headers.destination) : &backend.next_hop;
  if (!next_hop) return drop(RCH_ROUTER_DROP_NO_NEIGHBOUR);
  if (headers.ttl <= 1) return drop(RCH_ROUTER_DROP_TTL_EXPIRED);
  const bool turns_round = next_hop->ifindex == ingress_ifindex;
  if (!turns_round && !tables.ports.contains(next_hop->ifindex))
    return drop(RCH_ROUTER_DROP_NO_PORT);

  const bool write_mark = pool.history && (attempt.marked || choice.mark != kNoMark);
  set_tos_and_ttl(
      decision.frame, headers,
      write_mark ? tos_with_mark(headers.tos, pool.mark_mode, choice.mark) : headers.tos,
      static_cast<uint8_t>(headers.ttl - 1));
  set_macs(decision.frame, next_hop->mac, next_hop->source_mac);
  decision.action = turns_round ? Action::transmit : Action::redirect;
  decision.verdict = choice.verdict;
  decision.egress_ifindex = next_hop->ifindex;
  decision.backend = choice.backend;
  // As the IP header says: the padding of short frames is nobody's traffic.
  decision.counted_bytes = headers.ip_at + headers.total_bytes;
  return decision;
}

rch_router_counter verdict_of(Unreadable reason) {
  if (reason == Unreadable::not_ip) return RCH_ROUTER_PASS_NOT_IP;
  return reason == Unreadable::malformed ? RCH_ROUTER_DROP_MALFORMED : RCH_ROUTER_DROP_EXTENSIONS;
}

}  // namespace

RouterDecision route(const RouterTables& tables, const Bytes& frame, uint32_t ingress_ifindex) {
  const auto read = read_headers(frame);
  if (const auto* unreadable = std::get_if<Unreadable>(&read)) {
    const bool is_ip = *unreadable != Unreadable::not_ip;
    return {.action = is_ip ? Action::drop : Action::pass,
            .verdict = verdict_of(*unreadable),
            .frame = frame};
  }
  Headers headers = std::get<Headers>(read);
  if (headers.neighbour_discovery)
    return {.action = Action::pass, .verdict = RCH_ROUTER_PASS_NEIGHBOUR, .frame = frame};
  if (headers.fragment == Fragment::later) recall(tables, headers);
  const PoolIndex* index = find_pool(tables, headers.flow);
  if (!index) {
    const bool may_be_to_one = has_service_by_port(tables, headers.destination);
    if (headers.fragment == Fragment::later && may_be_to_one)
      return {.action = Action::drop, .verdict = RCH_ROUTER_DROP_FRAGMENT, .frame = frame};
    RouterDecision left{
        .action = Action::pass, .verdict = RCH_ROUTER_PASS_NO_SERVICE, .frame = frame};
    if (headers.fragment == Fragment::first && may_be_to_one) left.noted = note_of(headers);
    return left;
  }
  RouterDecision decision = forward(tables, *index, headers, frame, ingress_ifindex);
  if (headers.fragment == Fragment::first) decision.noted = note_of(headers);
  return decision;
}

}  // namespace ricochet::reference

// SPDX-License-Identifier: Apache-2.0
#include "router_model.h"

#include "choice.h"
#include "find.h"
#include "rewrite.h"

namespace ricochet::reference {
namespace {

// The most specific service first: address, port and protocol; address; prefix, the longest first.
const PoolIndex* find_pool(const RouterTables& tables, const Flow& flow) {
  const Address address = flow.destination;
  if (const auto* pool = find(tables.services, {address, flow.destination_port, flow.protocol}))
    return pool;
  if (const auto* pool = find(tables.services_of_any_port, address)) return pool;
  for (int length = 32; length >= 0; length--) {
    const uint32_t mask = length == 0 ? 0 : ~uint32_t{0} << (32 - length);
    const Prefix prefix{address & mask, static_cast<uint32_t>(length)};
    if (const auto* pool = find(tables.prefixes, prefix)) return pool;
  }
  return nullptr;
}

std::pair<FragmentKey, Ports> note_of(const Headers& headers) {
  return {fragment_key(headers), {headers.flow.source_port, headers.flow.destination_port}};
}

// A later fragment whose first one came is as if it told its ports.
void recall_ports(const RouterTables& tables, Headers& headers) {
  const Ports* ports = find(tables.fragments, fragment_key(headers));
  if (!ports) return;
  headers.flow.source_port = ports->source;
  headers.flow.destination_port = ports->destination;
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

}  // namespace

RouterDecision route(const RouterTables& tables, const Bytes& frame, uint32_t ingress_ifindex) {
  const auto read = read_headers(frame);
  if (const auto* unreadable = std::get_if<Unreadable>(&read)) {
    if (*unreadable == Unreadable::not_ipv4)
      return {.action = Action::pass, .verdict = RCH_ROUTER_PASS_NOT_IPV4, .frame = frame};
    return {.action = Action::drop, .verdict = RCH_ROUTER_DROP_MALFORMED, .frame = frame};
  }
  Headers headers = std::get<Headers>(read);
  if (headers.fragment == Fragment::later) recall_ports(tables, headers);
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

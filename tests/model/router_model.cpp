// SPDX-License-Identifier: Apache-2.0
#include "router_model.h"

#include "choice.h"
#include "find.h"
#include "rewrite.h"

namespace ricochet::reference {
namespace {

constexpr uint8_t kTtlOfEchoReply = 64;

bool covers(const Prefix& prefix, Address address) {
  return prefix.address.is_ipv4() == address.is_ipv4() &&
         first_bits(address, prefix.length) == prefix.address;
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

// Not one to all machines of a network, and not one whose options or extension headers the reply
// would have to heed.
bool is_answered(const RouterTables& tables, const Headers& headers) {
  constexpr size_t kShortestIpv4Header = 20;
  const bool is_to_all = headers.destination_mac[0] % 2 != 0;
  const bool is_plain = headers.is_ipv4() ? headers.ip_header_bytes == kShortestIpv4Header
                                          : headers.extensions.empty();
  return tables.answers_echo && headers.asks_echo && !is_to_all && is_plain;
}

// To no service. Of an address that has services by port, later fragments may be to one of these.
RouterDecision leave(const RouterTables& tables, const Headers& headers, const Bytes& frame,
                     uint32_t ingress_ifindex) {
  RouterDecision left{
      .action = Action::pass, .verdict = RCH_ROUTER_PASS_NO_SERVICE, .frame = frame};
  if (!has_service_by_port(tables, headers.destination)) return left;
  if (headers.fragment == Fragment::later)
    return {.action = Action::drop, .verdict = RCH_ROUTER_DROP_FRAGMENT, .frame = frame};
  if (headers.fragment == Fragment::first) left.noted = note_of(headers);
  if (!is_answered(tables, headers)) return left;
  answer_echo(left.frame, headers, kTtlOfEchoReply);
  // Redirected as well where that can be: not every device has what was transmitted by it received.
  left.action = tables.ports.contains(ingress_ifindex) ? Action::redirect : Action::transmit;
  left.verdict = RCH_ROUTER_ECHO;
  left.egress_ifindex = ingress_ifindex;
  return left;
}

// With a pool, the packet has still to pass these in their order; the first that stops it counts.
RouterDecision forward(const RouterTables& tables, const Rules& rules, const Headers& headers,
                       const Bytes& frame, uint32_t ingress_ifindex) {
  static const Pool kEmptyPool;
  const Pool* found = find(tables.pools, rules.pool);
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

  const Choice choice = choose(tables, rules, pool, headers, frame, attempt);
  decision.pins = choice.pins;
  decision.kept = choice.kept;
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

// Address, port and protocol; address; prefix, the longest first.
const Rules* find_rules(const RouterTables& tables, const Flow& flow) {
  const Address address = flow.destination;
  if (const auto* rules = find(tables.services, {address, flow.destination_port, flow.protocol}))
    return rules;
  if (const auto* rules = find(tables.services_of_any_port, address)) return rules;
  const std::pair<const Prefix, Rules>* longest = nullptr;
  for (const auto& entry : tables.prefixes)
    if (covers(entry.first, address) && (!longest || entry.first.length > longest->first.length))
      longest = &entry;
  return longest ? &longest->second : nullptr;
}

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
  const Rules* rules = find_rules(tables, headers.flow);
  if (!rules) return leave(tables, headers, frame, ingress_ifindex);
  RouterDecision decision = forward(tables, *rules, headers, frame, ingress_ifindex);
  if (headers.fragment == Fragment::first) decision.noted = note_of(headers);
  return decision;
}

}  // namespace ricochet::reference

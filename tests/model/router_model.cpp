// SPDX-License-Identifier: Apache-2.0
#include "router_model.h"

#include "flow_hash.h"
#include "rewrite.h"

namespace ricochet::reference {
namespace {

template <class Map>
const typename Map::mapped_type* find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

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

Owners owners_of(const Pool& pool, const Headers& headers, uint64_t flow_seed) {
  if (pool.buckets.empty()) return {};
  return pool.buckets[flow_hash(headers.flow, flow_seed) % pool.buckets.size()];
}

// How often the packet was bounced, as far as its sender is believed.
struct Attempt {
  unsigned number = 0;
  bool marked = false;   // the mark it came with is to be replaced or removed
  bool foreign = false;  // that mark is of somebody who is no backend
};

Attempt read_attempt(const RouterTables& tables, const Pool& pool, const Headers& headers) {
  const Mark mark = mark_of(headers.tos, pool.mark_mode, kEcmpErMarkOfRouter);
  if (!pool.history || mark == kNoMark) return {};
  if (!tables.backend_macs.contains(headers.source_mac)) return {.marked = true, .foreign = true};
  // A new connection has no older owner.
  return {.number = headers.opens() ? 0 : mark, .marked = true};
}

// To whom, and as what.
struct Choice {
  rch_router_counter verdict;
  Slot backend = kNobody;
  Mark mark = kNoMark;
};

// The first live owner from `first` on.
std::optional<unsigned> live_owner(const RouterTables& tables, const Owners& owners,
                                   unsigned first) {
  for (unsigned i = first; i < owners.size(); i++) {
    const Backend* backend = owners[i] == kNobody ? nullptr : find(tables.backends, owners[i]);
    if (backend && backend->live) return i;
  }
  return std::nullopt;
}

Choice choose(const RouterTables& tables, const Pool& pool, const Headers& headers,
              unsigned attempt) {
  const Owners owners = owners_of(pool, headers, tables.flow_seed);
  // The older owners are to end their connections and get no new ones.
  if (headers.opens() && owners[0] == kNobody) return {.verdict = RCH_ROUTER_DROP_NO_BACKEND};

  if (const auto i = live_owner(tables, owners, attempt))
    return {.verdict = attempt == 0 ? RCH_ROUTER_FORWARD : RCH_ROUTER_BOUNCED,
            .backend = owners[*i],
            .mark = *i};
  if (attempt == 0) return {.verdict = RCH_ROUTER_DROP_NO_BACKEND};

  // Past the last owner. While a table settles the numbers may have moved under the bounce, and one
  // that was not asked may have the connection: a lost packet is sent again, a RST is for ever.
  if (pool.settling) return {.verdict = RCH_ROUTER_DROP_SETTLING};
  const auto i = live_owner(tables, owners, 0);
  if (!i) return {.verdict = RCH_ROUTER_DROP_NO_BACKEND};
  return {.verdict = RCH_ROUTER_FINAL, .backend = owners[*i], .mark = kFinalMark};
}

// With a pool, the packet has still to pass these in their order; the first that stops it counts.
RouterDecision forward(const RouterTables& tables, const Pool& pool, const Headers& headers,
                       const Bytes& frame, uint32_t ingress_ifindex) {
  RouterDecision decision{.action = Action::drop, .frame = frame};
  const auto drop = [&](rch_router_counter verdict) {
    decision.verdict = verdict;
    return decision;
  };

  const Attempt attempt = read_attempt(tables, pool, headers);
  if (attempt.foreign && tables.backends_only.contains(ingress_ifindex))
    return drop(RCH_ROUTER_DROP_FOREIGN_MARK);
  decision.mark_cleared = attempt.foreign;

  const Choice choice = choose(tables, pool, headers, attempt.number);
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
  const Pool* pool = find(tables.pools, *index);
  RouterDecision decision = forward(tables, pool ? *pool : Pool{}, headers, frame, ingress_ifindex);
  if (headers.fragment == Fragment::first) decision.noted = note_of(headers);
  return decision;
}

}  // namespace ricochet::reference

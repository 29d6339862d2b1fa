// SPDX-License-Identifier: Apache-2.0
#include "agent_model.h"

#include <cstdlib>

#include "rewrite.h"

namespace ricochet::reference {
namespace {

// How far from what is expected a sequence number of the same connection may be.
constexpr int64_t kNear = int64_t{1} << 30;
constexpr int64_t kNearInTimeWait = int64_t{1} << 20;
constexpr uint32_t kCookieSegmentSizes = 4;

bool near(uint32_t number, uint32_t expected, int64_t distance) {
  const auto apart = static_cast<int32_t>(number - expected);
  return std::abs(int64_t{apart}) < distance;
}

bool fits(const Connection& connection, const Tcp& tcp) {
  switch (connection.state) {
    case Connection::State::request:
      return tcp.rst ? tcp.sequence == connection.peer_first + 1
                     : tcp.acknowledgement == connection.own_first + 1;
    case Connection::State::connecting:
      return true;
    case Connection::State::open:
      return near(tcp.sequence, connection.next, kNear);
    case Connection::State::time_wait:
      return near(tcp.sequence, connection.next, kNearInTimeWait);
  }
  std::abort();
}

// Whether a segment that an ICMP error quotes can be of this connection.
bool has_sent(const Connection& connection, uint32_t sequence) {
  switch (connection.state) {
    case Connection::State::request:
      return sequence == connection.own_first;
    case Connection::State::open:
      return near(sequence, connection.own_next, kNear);
    case Connection::State::connecting:
      return true;
    case Connection::State::time_wait:
      return near(sequence, connection.own_next, kNearInTimeWait);
  }
  std::abort();
}

// A cookie is the sum of a secret of the connection, the client's first number and which of the
// four segment sizes was agreed on; any of these sizes is believed.
bool is_valid(const SentCookie& cookie, const Tcp& tcp) {
  const uint32_t client_first = tcp.sequence - 1;
  const uint32_t carried = tcp.acknowledgement - 1;
  return carried - client_first - (cookie.cookie - cookie.peer_first) < kCookieSegmentSizes;
}

enum class Owner { not_here, unfit, socket, cookie };

Owner find_owner(const ServerSockets& sockets, const Headers& headers) {
  if (!headers.tcp && !headers.quoted_sequence) return Owner::not_here;
  const Endpoint remote{headers.flow.source, headers.flow.source_port};
  const Endpoint local{headers.flow.destination, headers.flow.destination_port};
  for (const Connection& connection : sockets.connections) {
    if (connection.remote != remote || connection.local != local) continue;
    const bool fit = headers.tcp ? fits(connection, *headers.tcp)
                                 : has_sent(connection, *headers.quoted_sequence);
    return fit ? Owner::socket : Owner::unfit;
  }
  if (!headers.tcp) return Owner::not_here;

  const bool may_carry_cookie = headers.tcp->ack && !headers.tcp->syn && !headers.tcp->rst;
  for (const ListeningSocket& listening : sockets.listening) {
    if (listening.port != local.port || !may_carry_cookie) continue;
    for (const SentCookie& cookie : listening.cookies)
      if (cookie.remote == remote && cookie.local == local && is_valid(cookie, *headers.tcp))
        return Owner::cookie;
  }
  return Owner::not_here;
}

// A later fragment of IPv6 that begins with what is cut of an extension header does not say what is
// behind that.
bool may_be_tcp(const Headers& headers) {
  const uint8_t protocol = headers.flow.protocol;
  const bool is_hidden = headers.fragment == Fragment::later && protocol != kUdpProtocol;
  return protocol == kTcpProtocol || is_hidden;
}

// The decision table, row by row.
rch_agent_counter decide(const AgentState& state, const Headers& headers, Mark mark, Owner owner) {
  if (!may_be_tcp(headers)) return RCH_AGENT_TAKE_NOT_TCP;
  if (headers.opens()) return RCH_AGENT_TAKE_SYN;
  if (mark == kFinalMark) return RCH_AGENT_TAKE_FINAL;
  // They follow the first one, whose decision was made by its sequence number.
  if (headers.fragment == Fragment::later && !state.bounced.contains(fragment_key(headers)))
    return RCH_AGENT_TAKE_FRAGMENT;
  if (owner == Owner::socket) return RCH_AGENT_TAKE_SOCKET;
  if (owner == Owner::cookie) return RCH_AGENT_TAKE_COOKIE;
  if (headers.ttl <= 1) return RCH_AGENT_DROP_TTL_EXPIRED;
  return state.bounces_left > 0 ? RCH_AGENT_BOUNCE : RCH_AGENT_DROP_BUDGET;
}

rch_agent_counter verdict_of(Unreadable reason) {
  if (reason == Unreadable::not_ip) return RCH_AGENT_PASS_NOT_IP;
  return reason == Unreadable::malformed ? RCH_AGENT_PASS_MALFORMED : RCH_AGENT_PASS_EXTENSIONS;
}

Action action_of(rch_agent_counter verdict) {
  if (verdict == RCH_AGENT_BOUNCE) return Action::transmit;
  const bool dropped = verdict == RCH_AGENT_DROP_TTL_EXPIRED || verdict == RCH_AGENT_DROP_BUDGET;
  return dropped ? Action::drop : Action::pass;
}

}  // namespace

AgentDecision guard(const AgentState& state, const Bytes& frame) {
  const auto read = read_headers(frame);
  if (const auto* unreadable = std::get_if<Unreadable>(&read)) {
    return {.verdict = verdict_of(*unreadable), .frame = frame};
  }
  const auto& headers = std::get<Headers>(read);
  if (!state.guarded.contains(headers.destination))
    return {.verdict = RCH_AGENT_PASS_NOT_GUARDED, .frame = frame};

  const Mark mark = mark_of(headers.tos, state.mark_mode, kEcmpErMarkOfAgent);
  const Owner owner = find_owner(state.sockets, headers);
  AgentDecision decision{.frame = frame};
  decision.verdict = decide(state, headers, mark, owner);
  decision.action = action_of(decision.verdict);
  // Only if the decision came as far as the sockets.
  decision.bounce_unfit = owner == Owner::unfit && decision.action != Action::pass;
  if (headers.fragment == Fragment::first) decision.noted = decision.action != Action::pass;
  if (decision.verdict == RCH_AGENT_BOUNCE) {
    set_tos_and_ttl(decision.frame, headers,
                    tos_with_mark(headers.tos, state.mark_mode, mark_of_bounce(mark)),
                    static_cast<uint8_t>(headers.ttl - 1));
    set_macs(decision.frame, headers.source_mac, headers.destination_mac);
  } else if (mark != kNoMark) {
    // The mark was for routers and agents: the server's stack does not see it.
    set_tos_and_ttl(decision.frame, headers, tos_with_mark(headers.tos, state.mark_mode, kNoMark),
                    headers.ttl);
  }
  return decision;
}

}  // namespace ricochet::reference

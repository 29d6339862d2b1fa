/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of abi/ricochet.h: what can happen to a packet, each name defined once. */
#ifndef RICOCHET_ABI_VERDICTS_H
#define RICOCHET_ABI_VERDICTS_H

/*
 * X(CONSTANT, "name", "what it means, for people")
 * A packet gets exactly one verdict. The names are what `ricochet status`, capture comments and
 * JSON show. forward is not counted on its own: the traffic of the backends is its sum.
 */
#define RCH_ROUTER_VERDICTS(X)                                                                     \
	X(FORWARD, "forward", "sent to the current owner of its bucket")                           \
	X(BOUNCED, "bounced", "came back from a server, sent to an older owner")                   \
	X(FINAL, "final", "came back from the last owner, sent to the current one for good")       \
	X(PINNED, "pinned", "its flow had been bounced: sent to the server that took it then")     \
	X(RESTARTED, "restarted", "came back from where a pin sent it, the search began anew")      \
	X(KEPT, "kept", "UDP: sent to the server where its flow began")                            \
	X(QUIC, "quic", "QUIC: sent to the server that its connection ID names")                   \
	X(ECHO, "echo", "ICMP echo to a service address: answered")                                \
	X(ROUTED, "routed", "to no service address: sent on by the kernel's routes")               \
	X(PASS_NOT_IP, "pass_not_ip", "neither IPv4 nor IPv6: left to the kernel")                 \
	X(PASS_NEIGHBOUR, "pass_neighbour", "neighbour discovery of IPv6: left to the kernel")     \
	X(PASS_NO_SERVICE, "pass_no_service", "to no service address: left to the kernel")         \
	X(DROP_MALFORMED, "drop_malformed", "a header that is cut short or contradicts itself")    \
	X(DROP_EXTENSIONS, "drop_extensions", "more extension headers of IPv6 than are read")      \
	X(DROP_FRAGMENT, "drop_fragment", "a later fragment, and the first one was not seen")      \
	X(DROP_TTL_EXPIRED, "drop_ttl_expired", "TTL used up: bounced too often, or a loop")       \
	X(DROP_NO_BACKEND, "drop_no_backend", "the pool has no live backend for it")               \
	X(DROP_NO_NEIGHBOUR, "drop_no_neighbour", "connected route, destination not a neighbour")  \
	X(DROP_NO_PORT, "drop_no_port", "the interface of the next hop is not there")              \
	X(DROP_SETTLING, "drop_settling", "past the last owner while a new table settles")         \
	X(DROP_FOREIGN_MARK, "drop_foreign_mark", "marked by a stranger on a backends-only port")

/* Things worth counting that are not a verdict. */
#define RCH_ROUTER_EVENTS(X)                                                                       \
	X(MARK_CLEARED, "mark_cleared", "a mark that no backend had set was removed")              \
	X(PIN_MISS, "pin_miss", "its bucket has pins, its flow has none that holds")               \
	X(PIN_EVICTED, "pin_evicted", "a pin took the place of an older one")                      \
	X(FLOW_EVICTED, "flow_evicted", "a flow that is kept took the place of an older one")

/* The decision table of a server, in its order. */
#define RCH_AGENT_VERDICTS(X)                                                                      \
	X(PASS_NOT_IP, "pass_not_ip", "neither IPv4 nor IPv6: left to the kernel")                 \
	X(PASS_NOT_GUARDED, "pass_not_guarded", "to an address that is not a service")             \
	X(PASS_MALFORMED, "pass_malformed", "cut short: the kernel drops and counts it")           \
	X(PASS_EXTENSIONS, "pass_extensions", "more extension headers of IPv6 than are read")      \
	X(TAKE_NOT_TCP, "take_not_tcp", "row 1: not TCP, nobody to ask")                           \
	X(TAKE_FRAGMENT, "take_fragment", "a later fragment, and the first was not bounced here")  \
	X(TAKE_SYN, "take_syn", "row 2: a new connection")                                         \
	X(TAKE_FINAL, "take_final", "row 3: nobody else has it")                                   \
	X(TAKE_SOCKET, "take_socket", "row 4: a socket here, and its sequence numbers fit")        \
	X(TAKE_COOKIE, "take_cookie", "row 5: the ACK carries a valid SYN cookie of this server")  \
	X(BOUNCE, "bounce", "row 6: not ours, sent back with the next attempt")                    \
	X(DROP_BUDGET, "drop_budget", "row 7: not ours, and the bounce budget is used up")         \
	X(DROP_TTL_EXPIRED, "drop_ttl_expired", "not ours, and no hop left to send it back")

#define RCH_AGENT_EVENTS(X)                                                                        \
	X(BOUNCE_UNFIT, "bounce_unfit", "not ours though a socket has its addresses and ports")

enum rch_router_counter {
#define X(constant, name, meaning) RCH_ROUTER_##constant,
	RCH_ROUTER_VERDICTS(X) RCH_ROUTER_EVENTS(X)
#undef X
	RCH_ROUTER_COUNTERS
};

enum rch_agent_counter {
#define X(constant, name, meaning) RCH_AGENT_##constant,
	RCH_AGENT_VERDICTS(X) RCH_AGENT_EVENTS(X)
#undef X
	RCH_AGENT_COUNTERS
};

#endif

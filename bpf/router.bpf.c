// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The router: gives each packet to a service address to a server, and a packet that a server
 * bounced to the server that had its connection before.
 *
 * parse -> fragments -> service -> attempt -> pin or owner -> next hop -> way out -> rewrite -> count; one
 * step a header.
 * docs/packet-path.md walks through it.
 */
#include "follow.h"
#include "nexthop.h"
#include "parse.h"
#include "router_maps.h"
#include "select.h"
#include "service.h"
#include "tap.h"

struct outcome {
	int action;            /* enum xdp_action */
	__u32 verdict;         /* enum rch_router_counter */
	__u32 egress_ifindex;  /* 0: did not leave */
};

static __always_inline struct outcome pass(__u32 verdict)
{
	return (struct outcome){.action = XDP_PASS, .verdict = verdict};
}

static __always_inline struct outcome drop(__u32 verdict)
{
	return (struct outcome){.action = XDP_DROP, .verdict = verdict};
}

static __always_inline struct outcome forward(struct xdp_md *ctx, const struct packet *packet,
					      __u64 pool_word)
{
	__u32 flags = rch_pool_flags(pool_word);
	struct attempt attempt = read_attempt(ctx, packet, flags);
	struct rch_nexthop *nexthop;
	struct choice choice;
	int action;

	if (attempt.unwelcome)
		return drop(RCH_ROUTER_DROP_FOREIGN_MARK);
	choice = choose_backend(packet, pool_word, attempt);
	if (!choice.backend)
		return drop(choice.verdict);
	if (packet->fragment == FRAGMENT_LATER && !(choice.backend->flags & RCH_BACKEND_CONNECTED))
		return drop(RCH_ROUTER_DROP_FRAGMENT);
	nexthop = find_nexthop(choice.backend, packet);
	if (!nexthop)
		return drop(RCH_ROUTER_DROP_NO_NEIGHBOUR);
	if (hops_left(packet) <= 1)
		return drop(RCH_ROUTER_DROP_TTL_EXPIRED);
	action = way_out(ctx, nexthop);
	if (action == XDP_DROP)
		return drop(RCH_ROUTER_DROP_NO_PORT);

	spend_hop(packet);
	if ((attempt.marked || choice.mark != RCH_MARK_NONE) && !(flags & RCH_POOL_NO_HISTORY))
		write_mark(packet, flags & RCH_POOL_MARK_ECMP_ER, choice.mark);
	rewrite_ethernet(packet->eth, nexthop);
	count_backend(choice.id, packet);
	return (struct outcome){
		.action = action,
		.verdict = choice.verdict,
		.egress_ifindex = nexthop->ifindex,
	};
}

/* To no service. A fragment without ports may be to one of the address's, unless its first one told
 * another port. */
static __always_inline struct outcome leave(const struct packet *packet)
{
	if (packet->fragment == FRAGMENT_NONE || !has_services_by_port(packet))
		return pass(RCH_ROUTER_PASS_NO_SERVICE);
	if (packet->fragment == FRAGMENT_LATER)
		return drop(RCH_ROUTER_DROP_FRAGMENT);
	remember_transport(packet);
	return pass(RCH_ROUTER_PASS_NO_SERVICE);
}

static __always_inline struct outcome route(struct xdp_md *ctx, enum family family)
{
	struct packet packet = {.family = family};
	rch_pool_index pool;

	switch (parse_packet(ctx, &packet)) {
	case PARSED_OTHER_FAMILY:
		return pass(RCH_ROUTER_PASS_NOT_IP);
	case PARSED_MALFORMED:
		return drop(RCH_ROUTER_DROP_MALFORMED);
	case PARSED_EXTENSIONS:
		return drop(RCH_ROUTER_DROP_EXTENSIONS);
	case PARSED:
		break;
	}
	if (packet.discovers)
		return pass(RCH_ROUTER_PASS_NEIGHBOUR);
	if (packet.fragment == FRAGMENT_LATER)
		recall_transport(&packet);
	if (!find_service(&packet, &pool))
		return leave(&packet);
	if (packet.fragment == FRAGMENT_FIRST)
		remember_transport(&packet);
	return forward(ctx, &packet, load_pool_word(pool));
}

/* A global function, so that the verifier walks through it by itself, and IPv4 does not pay for it. It
 * returns a number: the fields of the outcome from the top, egress_ifindex, verdict, action. */
__noinline __u64 route_ipv6(struct xdp_md *ctx)
{
	struct outcome outcome = route(ctx, IPV6);

	return (__u64)outcome.egress_ifindex << 32 | outcome.verdict << 16 | (__u16)outcome.action;
}

static __always_inline struct outcome route_either(struct xdp_md *ctx)
{
	struct outcome outcome = route(ctx, IPV4);
	__u64 of_ipv6;

	if (__builtin_expect(outcome.verdict != RCH_ROUTER_PASS_NOT_IP, 1))
		return outcome;
	of_ipv6 = route_ipv6(ctx);
	return (struct outcome){
		.action = (__u16)of_ipv6,
		.verdict = (__u16)(of_ipv6 >> 16),
		.egress_ifindex = of_ipv6 >> 32,
	};
}

SEC("xdp.frags")
int ricochet_router(struct xdp_md *ctx)
{
	bool tapped = tap_in(ctx);
	struct outcome outcome = route_either(ctx);

	if (outcome.verdict != RCH_ROUTER_FORWARD)
		count_router(outcome.verdict);
	if (tapped)
		tap_out(ctx, outcome.egress_ifindex, outcome.verdict);
	return outcome.action;
}

char _license[] SEC("license") = "Dual BSD/GPL";

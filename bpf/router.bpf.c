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
	if (packet->ip->ttl <= 1)
		return drop(RCH_ROUTER_DROP_TTL_EXPIRED);
	action = way_out(ctx, nexthop);
	if (action == XDP_DROP)
		return drop(RCH_ROUTER_DROP_NO_PORT);

	decrement_ttl(packet->ip);
	if ((attempt.marked || choice.mark != RCH_MARK_NONE) && !(flags & RCH_POOL_NO_HISTORY))
		write_mark(packet->ip, flags & RCH_POOL_MARK_ECMP_ER, choice.mark);
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
	if (packet->fragment == FRAGMENT_NONE || !has_services_by_port(packet->ip->daddr))
		return pass(RCH_ROUTER_PASS_NO_SERVICE);
	if (packet->fragment == FRAGMENT_LATER)
		return drop(RCH_ROUTER_DROP_FRAGMENT);
	remember_ports(packet);
	return pass(RCH_ROUTER_PASS_NO_SERVICE);
}

static __always_inline struct outcome route(struct xdp_md *ctx)
{
	struct packet packet = {};
	rch_pool_index pool;

	switch (parse_packet(ctx, &packet)) {
	case PARSED_NOT_IPV4:
		return pass(RCH_ROUTER_PASS_NOT_IPV4);
	case PARSED_MALFORMED:
		return drop(RCH_ROUTER_DROP_MALFORMED);
	case PARSED:
		break;
	}
	if (packet.fragment == FRAGMENT_LATER)
		recall_ports(&packet);
	if (!find_service(&packet, &pool))
		return leave(&packet);
	if (packet.fragment == FRAGMENT_FIRST)
		remember_ports(&packet);
	return forward(ctx, &packet, load_pool_word(pool));
}

SEC("xdp.frags")
int ricochet_router(struct xdp_md *ctx)
{
	bool tapped = tap_in(ctx);
	struct outcome outcome = route(ctx);

	if (outcome.verdict != RCH_ROUTER_FORWARD)
		count_router(outcome.verdict);
	if (tapped)
		tap_out(ctx, outcome.egress_ifindex, outcome.verdict);
	return outcome.action;
}

char _license[] SEC("license") = "Dual BSD/GPL";

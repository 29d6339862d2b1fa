// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The router: gives each packet to a service address to a server, and a packet that a server
 * bounced to the server that had its connection before.
 *
 * parse -> fragments -> service -> attempt -> pin or owner -> next hop -> way out -> rewrite -> count; one
 * step a header.
 * docs/packet-path.md walks through it.
 */
#include "datagram.h"
#include "echo.h"
#include "fib.h"
#include "follow.h"
#include "nexthop.h"
#include "outcome.h"
#include "parse.h"
#include "router_maps.h"
#include "service.h"
#include "tap.h"

#define NOT_ROUTED (-1) /* no action: the packet is not plain */

static __always_inline struct outcome forward(struct xdp_md *ctx, const struct packet *packet,
					      rch_service service)
{
	__u64 pool_word = load_pool_word(service);
	__u32 flags = rch_pool_flags(pool_word);
	struct attempt attempt = read_attempt(ctx, packet, flags);
	struct rch_nexthop *nexthop;
	struct choice choice;
	int action;

	if (attempt.unwelcome)
		return drop(RCH_ROUTER_DROP_FOREIGN_MARK);
	choice = choose_backend(ctx, packet, service, pool_word, attempt);
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
static __always_inline struct outcome leave(struct xdp_md *ctx, const struct packet *packet)
{
	bool echo = may_be_answered(packet);

	if ((packet->fragment == FRAGMENT_NONE && !echo) || !has_services_by_port(packet))
		return leave_to_kernel(ctx, packet);
	if (packet->fragment == FRAGMENT_LATER)
		return drop(RCH_ROUTER_DROP_FRAGMENT);
	if (echo)
		return answer(ctx, packet);
	remember_transport(packet);
	return leave_to_kernel(ctx, packet);
}

static __always_inline struct outcome route(struct xdp_md *ctx, enum family family, bool plain)
{
	struct packet packet = {.family = family, .plain = plain};
	rch_service service;

	switch (parse_packet(ctx, &packet)) {
	case PARSED_NOT_PLAIN:
		return (struct outcome){.action = NOT_ROUTED};
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
	if (!find_service(&packet, &service))
		return leave(ctx, &packet);
	if (packet.fragment == FRAGMENT_FIRST)
		remember_transport(&packet);
	return forward(ctx, &packet, service);
}

/* Global functions, so that the verifier walks through each by itself, and most packets do not pay for
 * what few of them need. */
__noinline __u64 route_ipv4(struct xdp_md *ctx)
{
	return pack_outcome(route(ctx, IPV4, false));
}

__noinline __u64 route_ipv6(struct xdp_md *ctx)
{
	return pack_outcome(route(ctx, IPV6, false));
}

/* The same code three times: for plain IPv4 in line, then for all else. */
static __always_inline struct outcome route_any(struct xdp_md *ctx)
{
	struct outcome outcome = route(ctx, IPV4, true);

	if (__builtin_expect(outcome.action != NOT_ROUTED, 1))
		return outcome;
	outcome = unpack_outcome(route_ipv4(ctx));
	if (outcome.verdict != RCH_ROUTER_PASS_NOT_IP)
		return outcome;
	return unpack_outcome(route_ipv6(ctx));
}

SEC("xdp.frags")
int ricochet_router(struct xdp_md *ctx)
{
	bool tapped = tap_in(ctx);
	struct outcome outcome = route_any(ctx);

	if (outcome.verdict != RCH_ROUTER_FORWARD)
		count_router(outcome.verdict);
	if (tapped)
		tap_out(ctx, outcome.egress_ifindex, outcome.verdict);
	return outcome.action;
}

char _license[] SEC("license") = "Dual BSD/GPL";

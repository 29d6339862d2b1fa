/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decision of a server (DESIGN 2.3): the first row that holds. */
#ifndef RICOCHET_BPF_DECIDE_H
#define RICOCHET_BPF_DECIDE_H

#include "agent_maps.h"
#include "budget.h"
#include "extensions.h"
#include "packet.h"
#include "socket.h"

/* Rows 6 and 7, or no hop left. */
static __always_inline enum rch_agent_counter try_bounce(const struct packet *packet)
{
	if (hops_left(packet) <= 1)
		return RCH_AGENT_DROP_TTL_EXPIRED;
	return spend_bounce() ? RCH_AGENT_BOUNCE : RCH_AGENT_DROP_BUDGET;
}

static __always_inline bool follows_bounced(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);

	return bpf_map_lookup_elem(&bounced_fragments, &key);
}

/* A later fragment of IPv6 may begin in the middle of extension headers: then only the first one knows. */
static __always_inline bool may_be_tcp(const struct packet *packet)
{
	return packet->flow.protocol == IPPROTO_TCP ||
	       (packet->family == IPV6 && packet->fragment == FRAGMENT_LATER &&
		is_extension(packet->flow.protocol));
}

static __always_inline enum rch_agent_counter decide(struct xdp_md *ctx,
						     const struct packet *packet, __u32 mark)
{
	if (!may_be_tcp(packet))
		return RCH_AGENT_TAKE_NOT_TCP;
	if (packet->opens)
		return RCH_AGENT_TAKE_SYN;
	if (mark == RCH_MARK_FINAL)
		return RCH_AGENT_TAKE_FINAL;
	if (packet->fragment == FRAGMENT_LATER)
		return follows_bounced(packet) ? try_bounce(packet) : RCH_AGENT_TAKE_FRAGMENT;

	switch (find_owner(ctx, packet)) {
	case OWNER_SOCKET:
		return RCH_AGENT_TAKE_SOCKET;
	case OWNER_COOKIE:
		return RCH_AGENT_TAKE_COOKIE;
	case OWNER_UNFIT:
		count_agent(RCH_AGENT_BOUNCE_UNFIT);
		break;
	case OWNER_NOT_HERE:
		break;
	}
	return try_bounce(packet);
}

#endif

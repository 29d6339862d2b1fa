/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 4: how often the packet was bounced, as far as the sender may say so. */
#ifndef RICOCHET_BPF_TRUST_H
#define RICOCHET_BPF_TRUST_H

#include "mark.h"
#include "router_maps.h"
#include "word_table.h"

struct attempt {
	__u32 number;    /* 0: the search begins at owner 0 */
	bool restart;    /* a pin had sent it to the server that it comes from */
	bool marked;     /* the packet carries a mark that must be replaced or removed */
	bool unwelcome;  /* marked by a stranger where only backends are attached */
};

static __always_inline bool comes_from_backend(const struct packet *packet)
{
	__u64 key = rch_mac_key(packet->eth->h_source);
	__u16 unused;

	return find_word(&backend_macs, RCH_BACKEND_MAC_SETS, key, &unused);
}

static __always_inline struct attempt read_attempt(struct xdp_md *ctx, const struct packet *packet,
						   __u32 pool_flags)
{
	struct attempt attempt = {};
	__u32 ifindex, mark;

	mark = read_mark(packet, pool_flags & RCH_POOL_MARK_ECMP_ER, 1);
	if (mark == RCH_MARK_NONE || pool_flags & RCH_POOL_NO_HISTORY)
		return attempt;
	attempt.marked = true;
	if (comes_from_backend(packet)) {
		/* A SYN has no older owner to look for. */
		if (packet->opens)
			return attempt;
		attempt.restart = mark > RCH_MARK_FINAL;
		attempt.number = attempt.restart ? RCH_MARK_NONE : mark;
		return attempt;
	}
	ifindex = ctx->ingress_ifindex;
	attempt.unwelcome = bpf_map_lookup_elem(&backend_ports, &ifindex);
	if (!attempt.unwelcome)
		count_router(RCH_ROUTER_MARK_CLEARED);
	return attempt;
}

#endif

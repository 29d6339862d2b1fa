/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 6: from a backend to the wire. */
#ifndef RICOCHET_BPF_NEXTHOP_H
#define RICOCHET_BPF_NEXTHOP_H

#include <stddef.h>

#include "mark.h"
#include "router_maps.h"

/* A connected backend stands for the packet's own destination. NULL if that is no neighbour. */
static __always_inline struct rch_nexthop *find_nexthop(struct rch_backend *backend,
							const struct packet *packet)
{
	struct rch_address destination;

	if (!(backend->flags & RCH_BACKEND_CONNECTED))
		return &backend->nexthop;
	destination = destination_of(packet);
	return bpf_map_lookup_elem(&neighbours, &destination);
}

/* Both MACs lie in a row, in the header and in the next hop. By words: struct ethhdr is packed, so
 * the compiler would copy it byte by byte. */
static __always_inline void rewrite_ethernet(struct ethhdr *eth, const struct rch_nexthop *nexthop)
{
	const __u32 *macs = (const void *)nexthop;
	__u32 *header = (void *)eth;

	_Static_assert(offsetof(struct rch_nexthop, source_mac) == ETH_ALEN, "in a row");
#pragma unroll
	for (int i = 0; i < 2 * ETH_ALEN / 4; i++)
		header[i] = macs[i];
}

/* Only names the way out; the packet leaves when the program has returned. XDP_DROP: that interface
 * is not there. */
static __always_inline int way_out(struct xdp_md *ctx, const struct rch_nexthop *nexthop)
{
	if (nexthop->ifindex == ctx->ingress_ifindex)
		return XDP_TX;
	return (int)bpf_redirect_map(&ports, nexthop->ifindex, XDP_DROP);
}

static __always_inline void count_backend(__u32 id, const struct packet *packet)
{
	struct rch_traffic *traffic = bpf_map_lookup_elem(&backend_traffic, &id);

	if (traffic) {
		traffic->packets += 1;
		traffic->bytes += (void *)packet->ip - (void *)packet->eth + ip_bytes(packet);
	}
}

#endif

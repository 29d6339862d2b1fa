/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 5: from a pool's table to the backend that shall get this packet (DESIGN 2.2). */
#ifndef RICOCHET_BPF_SELECT_H
#define RICOCHET_BPF_SELECT_H

#include "router_maps.h"

/* Of the whole fleet, so that every router places a flow alike; set at load. */
const volatile __u64 flow_seed = 0;

struct choice {
	struct rch_backend *backend; /* NULL: none, and verdict says why */
	__u32 id;                    /* slot of the backend */
	__u32 mark;                  /* to be written into the packet */
	__u32 verdict;               /* enum rch_router_counter */
};

/* The four owners of the packet's bucket as one word, owner[0] in the low bits. */
static __always_inline __u64 load_bucket(const struct packet *packet, __u64 pool_word)
{
	const struct flow *flow = &packet->flow;
	__u32 hash = rch_flow_hash(flow->source, flow->destination, flow->ports, flow->protocol,
				   flow_seed);
	__u32 index = rch_pool_offset(pool_word) + (hash & rch_pool_mask(pool_word));
	__u64 *bucket = bpf_map_lookup_elem(&buckets, &index);

	return bucket ? *bucket : 0;
}

static __always_inline __u32 bucket_owner(__u64 bucket, __u32 index)
{
	return (__u16)(bucket >> 16 * index);
}

/* The first live owner[i] with i >= attempt; choice->mark is that i. */
static __always_inline void choose_live_owner(__u64 bucket, __u32 attempt, struct choice *choice)
{
#pragma unroll
	for (__u32 i = 0; i < RCH_OWNERS; i++) {
		__u32 id = bucket_owner(bucket, i);
		struct rch_backend *backend;

		if (i < attempt || !id)
			continue;
		backend = bpf_map_lookup_elem(&backends, &id);
		if (backend && backend->flags & RCH_BACKEND_LIVE) {
			choice->backend = backend;
			choice->id = id;
			choice->mark = i;
			return;
		}
	}
}

static __always_inline struct choice choose_backend(const struct packet *packet, __u64 pool_word,
						    __u32 attempt)
{
	__u64 bucket = load_bucket(packet, pool_word);
	struct choice choice = {
		.verdict = attempt == RCH_MARK_NONE ? RCH_ROUTER_FORWARD : RCH_ROUTER_BOUNCED,
	};

	/* Nobody takes new connections: an old owner must not get one. */
	if (packet->opens && !bucket_owner(bucket, 0)) {
		choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
		return choice;
	}
	choose_live_owner(bucket, attempt, &choice);
	if (choice.backend)
		return choice;
	if (attempt == RCH_MARK_NONE) {
		choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
		return choice;
	}
	/* Past the last owner. While the table settles its indexes may have moved under this
	 * bounce: a lost packet is sent again, a RST is for ever. */
	if (rch_pool_flags(pool_word) & RCH_POOL_SETTLING) {
		choice.verdict = RCH_ROUTER_DROP_SETTLING;
		return choice;
	}
	choose_live_owner(bucket, 0, &choice);
	choice.mark = RCH_MARK_FINAL;
	choice.verdict = choice.backend ? RCH_ROUTER_FINAL : RCH_ROUTER_DROP_NO_BACKEND;
	return choice;
}

#endif

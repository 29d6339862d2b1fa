/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 2: from a destination to a pool, the most specific service first. */
#ifndef RICOCHET_BPF_SERVICE_H
#define RICOCHET_BPF_SERVICE_H

#include "router_maps.h"

#define HOST_PREFIX_BITS 32

static __always_inline rch_pool_index *find_service(const struct packet *packet)
{
	struct rch_service_key key = {
		.address = packet->ip->daddr,
		.port = packet->destination_port,
		.protocol = packet->ip->protocol,
	};
	struct rch_prefix_key prefix = {
		.length = HOST_PREFIX_BITS,
		.address = packet->ip->daddr,
	};
	rch_pool_index *pool;

	pool = bpf_map_lookup_elem(&services, &key);
	if (pool)
		return pool;
	key.port = 0;
	key.protocol = 0;
	pool = bpf_map_lookup_elem(&services, &key);
	if (pool)
		return pool;
	return bpf_map_lookup_elem(&prefixes, &prefix);
}

/* The pool's word, read once: all that follows sees one generation. 0 if there is none. */
static __always_inline __u64 load_pool_word(const rch_pool_index *pool)
{
	rch_pool_index index = *pool;
	volatile __u64 *word = bpf_map_lookup_elem(&pools, &index);

	return word ? *word : 0;
}

#endif

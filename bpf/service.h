/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 3: from a destination to a pool, the most specific service first. */
#ifndef RICOCHET_BPF_SERVICE_H
#define RICOCHET_BPF_SERVICE_H

#include "router_maps.h"
#include "word_table.h"

#define HOST_PREFIX_BITS 32

static __always_inline bool find_service(const struct packet *packet, rch_pool_index *pool)
{
	const struct flow *flow = &packet->flow;
	__be32 address = flow->destination;
	__u64 of_port = rch_service_key(address, destination_port(flow), flow->protocol);
	__u64 of_any_port = rch_service_key(address, 0, 0);
	struct rch_prefix_key prefix = {.length = HOST_PREFIX_BITS, .address = address};
	rch_pool_index *of_prefix;
	__u8 index;

	if (find_word(&services, RCH_SERVICE_SETS, of_port, &index) ||
	    find_word(&services, RCH_SERVICE_SETS, of_any_port, &index)) {
		*pool = index;
		return true;
	}
	of_prefix = bpf_map_lookup_elem(&prefixes, &prefix);
	if (of_prefix)
		*pool = *of_prefix;
	return of_prefix;
}

/* Whichever these are. */
static __always_inline bool has_services_by_port(__be32 address)
{
	__u8 unused;

	return find_word(&services, RCH_SERVICE_SETS, rch_service_address_key(address), &unused);
}

/* The pool's word, read once: all that follows sees one generation. 0 if there is none. */
static __always_inline __u64 load_pool_word(rch_pool_index pool)
{
	volatile __u64 *word = bpf_map_lookup_elem(&pools, &pool);

	return word ? *word : 0;
}

#endif

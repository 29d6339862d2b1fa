/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Of step 5: the hash of a flow, by the part of it that places it. */
#ifndef RICOCHET_BPF_AFFINITY_H
#define RICOCHET_BPF_AFFINITY_H

#include "ip.h"

/* Of the whole fleet, so that every router places a flow alike; set at load. */
const volatile __u64 flow_seed = 0;
/* The bits of an address that RCH_AFFINITY_SOURCE_PREFIX looks at. */
const volatile __be32 source_mask = ~0;
const volatile struct rch_address source_mask6 = {{~0, ~0, ~0, ~0}};

/* Global, as hash_source6: the verifier walks through them once. */
__noinline __u64 hash_source4(__be32 source, __be32 ports, __u32 affinity)
{
	if (affinity == RCH_AFFINITY_SOURCE_PREFIX)
		source &= source_mask;
	return rch_source_hash(source, affinity == RCH_AFFINITY_SOURCE_PORTS ? ports : 0,
			       flow_seed);
}

__noinline __u64 hash_source6(const struct rch_address *source, __be32 ports, __u32 affinity)
{
	struct rch_address part;

	if (!source)
		return 0;
	part = *source;
	for (int i = 0; affinity == RCH_AFFINITY_SOURCE_PREFIX && i < 4; i++)
		part.word[i] &= source_mask6.word[i];
	return rch_source_hash6(&part, affinity == RCH_AFFINITY_SOURCE_PORTS ? ports : 0,
				flow_seed);
}

static __always_inline __u64 hash_whole(enum family family, const struct flow *flow)
{
	if (family == IPV6)
		return rch_flow_hash6(flow->source, flow->destination, flow->ports, flow->protocol,
				      flow_seed);
	return rch_flow_hash(ipv4_at(flow->source), ipv4_at(flow->destination), flow->ports,
			     flow->protocol, flow_seed);
}

static __always_inline __u64 hash_source(enum family family, const struct flow *flow,
					 __u32 affinity)
{
	if (family == IPV4)
		return hash_source4(ipv4_at(flow->source), flow->ports, affinity);
	return hash_source6(flow->source, flow->ports, affinity);
}

static __always_inline __u64 hash_flow(enum family family, const struct flow *flow,
				       __u32 service_options)
{
	__u32 affinity = service_options & RCH_SERVICE_AFFINITY;
	__u64 flow_hash = hash_whole(family, flow);

	if (__builtin_expect(affinity != RCH_AFFINITY_FLOW, 0))
		return rch_placed_by(hash_source(family, flow, affinity), flow_hash);
	return flow_hash;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 3: from a destination to a service and its pool, the most specific service first. */
#ifndef RICOCHET_BPF_SERVICE_H
#define RICOCHET_BPF_SERVICE_H

#include "ip.h"
#include "router_maps.h"
#include "word_table.h"

#define HOST_PREFIX_BITS 32
#define HOST_PREFIX6_BITS 128

static __always_inline bool find_service4(const struct flow *flow, rch_service *service)
{
	__be32 address = ipv4_at(flow->destination);
	__u64 of_port = rch_service_key(address, destination_port(flow), flow->protocol);
	__u64 of_any_port = rch_service_key(address, 0, 0);
	struct rch_prefix_key prefix = {.length = HOST_PREFIX_BITS, .address = address};
	rch_service *of_prefix;

	if (find_word(&services, RCH_SERVICE_SETS, of_port, service) ||
	    find_word(&services, RCH_SERVICE_SETS, of_any_port, service))
		return true;
	of_prefix = bpf_map_lookup_elem(&prefixes, &prefix);
	if (of_prefix)
		*service = *of_prefix;
	return of_prefix;
}

static __always_inline rch_service *find_prefix6(const struct rch_address *address)
{
	struct rch_prefix6_key key = {.length = HOST_PREFIX6_BITS, .address = *address};

	return bpf_map_lookup_elem(&prefixes6, &key);
}

static __always_inline bool find_service6(const struct flow *flow, rch_service *service)
{
	struct rch_service6_key key =
		rch_service6(flow->destination, destination_port(flow), flow->protocol);
	rch_service *found = bpf_map_lookup_elem(&services6, &key);

	if (!found) {
		key.port = 0;
		key.protocol = 0;
		found = bpf_map_lookup_elem(&services6, &key);
	}
	if (!found)
		found = find_prefix6(flow->destination);
	if (found)
		*service = *found;
	return found;
}

static __always_inline bool find_service(const struct packet *packet, rch_service *service)
{
	return packet->family == IPV4 ? find_service4(&packet->flow, service)
				      : find_service6(&packet->flow, service);
}

/* Whether its destination has some, whichever. */
static __always_inline bool has_services_by_port(const struct packet *packet)
{
	struct rch_service6_key key;
	__u16 unused;

	if (packet->family == IPV4)
		return find_word(&services, RCH_SERVICE_SETS,
				 rch_service_address_key(packet->ip->daddr), &unused);
	key = rch_service6_address((const void *)&packet->ip6->daddr);
	return bpf_map_lookup_elem(&services6, &key);
}

/* The pool's word, read once: all that follows sees one generation. 0 if there is none. */
static __always_inline __u64 load_pool_word(rch_service service)
{
	rch_pool_index pool = rch_service_pool(service);
	volatile __u64 *word = bpf_map_lookup_elem(&pools, &pool);

	return word ? *word : 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of the agent. */
#ifndef RICOCHET_BPF_AGENT_MAPS_H
#define RICOCHET_BPF_AGENT_MAPS_H

#include "fragment.h"
#include "packet.h"

/* The service addresses of this server: a word table, see abi/ricochet.h. Its values are not used.
 * Mapped by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_GUARDED_SETS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct rch_word_set);
} guarded_addresses SEC(".maps");

/* The same of IPv6. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_GUARDED6_MAX);
	__type(key, struct rch_address);
	__type(value, __u8);
} guarded_addresses6 SEC(".maps");

/* Packets whose first fragment was not taken. The values are not used. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FRAGMENTED_MAX);
	__type(key, struct fragment_key);
	__type(value, __u8);
} bounced_fragments SEC(".maps");

struct bounce_budget {
	__u64 bounces; /* that may still be made */
	__u64 refilled_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bounce_budget);
} bounce_budgets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RCH_AGENT_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} agent_counters SEC(".maps");

static __always_inline void count_agent(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&agent_counters, &counter);

	if (value)
		*value += 1;
}

#endif

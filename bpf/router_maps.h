/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of the router, in the order in which a packet meets them. */
#ifndef RICOCHET_BPF_ROUTER_MAPS_H
#define RICOCHET_BPF_ROUTER_MAPS_H

#include "fragment.h"
#include "packet.h"

/* What the first fragment told, of packets to service addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FRAGMENTED_MAX);
	__type(key, struct fragment_key);
	__type(value, struct fragment_transport);
} fragment_transports SEC(".maps");

/* A word table, see abi/ricochet.h. Mapped by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_SERVICE_SETS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct rch_word_set);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_SERVICES6_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rch_service6_key);
	__type(value, rch_service);
} services6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, RCH_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rch_prefix_key);
	__type(value, rch_service);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, RCH_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rch_prefix6_key);
	__type(value, rch_service);
} prefixes6 SEC(".maps");

/* One word a pool, see abi/ricochet.h. Mapped by the daemon, which flips words in place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_POOLS_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, rch_pool_index);
	__type(value, __u64);
} pools SEC(".maps");

/* All tables of all pools and generations; max_entries is set by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, rch_bucket);
} buckets SEC(".maps");

/* Sets of pins, see abi/ricochet.h; max_entries is set by the daemon, which lets pins age. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct rch_word_set);
} pins SEC(".maps");

/* Flows of UDP that are kept, as pins; max_entries is set by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct rch_word_set);
} flows SEC(".maps");

/* See abi/ricochet.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_POOLS_MAX);
	__type(key, rch_pool_index);
	__type(value, __u32);
} quic_id_bytes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_QUIC_SERVERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rch_quic_server);
	__type(value, __u32);
} quic_servers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct rch_backend);
} backends SEC(".maps");

/* Next hops by address, for connected routes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_NEIGHBOURS_MAX);
	__type(key, struct rch_address);
	__type(value, struct rch_nexthop);
} neighbours SEC(".maps");

/* Who may send marks: a word table. Mapped by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RCH_BACKEND_MAC_SETS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct rch_word_set);
} backend_macs SEC(".maps");

/* Interfaces (ifindex) to which only backends are attached. The value is not used. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} backend_ports SEC(".maps");

/* By ifindex, so that a next hop means the same to each program, whatever the order of its ports. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, RCH_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

/* Their MAC addresses (rch_mac_key), by ifindex. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RCH_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} port_macs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RCH_BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct rch_traffic);
} backend_traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RCH_ROUTER_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} router_counters SEC(".maps");

static __always_inline void count_router(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&router_counters, &counter);

	if (value)
		*value += 1;
}

#endif

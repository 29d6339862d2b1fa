/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of abi/ricochet.h: from a flow to a number, the same on each router of a fleet. */
#ifndef RICOCHET_ABI_FLOW_HASH_H
#define RICOCHET_ABI_FLOW_HASH_H

#include "abi/address.h"

/*
 * Flow hash. Two rounds of the 64-bit finaliser of MurmurHash3 with the destination mixed in
 * between: each bit of the client's address and of the ports reaches every bit of the upper half.
 * Of one destination and protocol no two flows have the same hash.
 * Ports in packet order, as one word.
 */
static inline __u64 rch_flow_hash(__be32 source, __be32 destination, __be32 ports, __u8 protocol,
				  __u64 seed)
{
	__u64 hash = ((__u64)source << 32 | ports) ^ seed;

	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	hash ^= hash >> 33;
	hash ^= (__u64)protocol << 32 | destination;
	return hash * 0xc4ceb9fe1a85ec53ULL;
}

static inline __u64 rch_mix(__u64 hash, __be32 first, __be32 second)
{
	hash ^= (__u64)first << 32 | second;
	hash ^= hash >> 33;
	return hash * 0xff51afd7ed558ccdULL;
}

/* The same for IPv6: a round for each 64 bits. */
static inline __u64 rch_flow_hash6(const struct rch_address *source,
				   const struct rch_address *destination, __be32 ports,
				   __u8 protocol, __u64 seed)
{
	__u64 hash = rch_mix(seed, source->word[0], source->word[1]);

	hash = rch_mix(hash, source->word[2], source->word[3]);
	hash = rch_mix(hash, destination->word[0], destination->word[1]);
	hash = rch_mix(hash, destination->word[2], destination->word[3]);
	hash = rch_mix(hash, ports, protocol);
	hash ^= hash >> 33;
	return hash * 0xc4ceb9fe1a85ec53ULL;
}

/* Of the client alone, and of the ports if they are not 0. */
static inline __u64 rch_source_hash(__be32 source, __be32 ports, __u64 seed)
{
	return rch_flow_hash(source, 0, ports, 0, seed);
}

static inline __u64 rch_source_hash6(const struct rch_address *source, __be32 ports, __u64 seed)
{
	const struct rch_address none = {{0, 0, 0, 0}};

	return rch_flow_hash6(source, &none, ports, 0, seed);
}

/*
 * The hash of a flow that is placed by the hash of a part of it: the upper half, which alone picks
 * the bucket, is the part's. The lower one still tells the flow from others with that part.
 */
static inline __u64 rch_placed_by(__u64 part_hash, __u64 flow_hash)
{
	return part_hash >> 32 << 32 | flow_hash >> 32;
}

/* The bucket of a flow in its pool's table is this & the table's mask. Of the upper half only. */
static inline __u32 rch_bucket_hash(__u64 flow_hash)
{
	return (__u32)(flow_hash >> 32) ^ (__u32)(flow_hash >> 49);
}

#endif

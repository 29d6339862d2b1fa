/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 5: from a pool's table to the backend that shall get this packet (DESIGN 2.2). */
#ifndef RICOCHET_BPF_SELECT_H
#define RICOCHET_BPF_SELECT_H

#include "pin.h"
#include "trust.h"

struct choice {
	struct rch_backend *backend; /* NULL: none, and verdict says why */
	__u32 id;                    /* slot of the backend */
	__u32 mark;                  /* to be written into the packet */
	__u32 verdict;               /* enum rch_router_counter */
};

static __always_inline rch_bucket *find_bucket(__u64 flow_hash, __u64 pool_word)
{
	__u32 index = rch_pool_offset(pool_word) +
		      (rch_bucket_hash(flow_hash) & rch_pool_mask(pool_word));

	return bpf_map_lookup_elem(&buckets, &index);
}

/* The first live owner[i] with i >= attempt; choice->mark is that i. */
static __always_inline void choose_live_owner(rch_bucket bucket, __u32 attempt,
					      struct choice *choice)
{
#pragma unroll
	for (__u32 i = 0; i < RCH_OWNERS; i++) {
		__u32 id = rch_bucket_owner(bucket, i);
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

/* In a bucket with pins: a new connection, or a pin that led nowhere, ends the flow's pin; else that
 * says where an unmarked packet goes. */
static __always_inline bool choose_pinned(bool opens, struct attempt attempt, __u64 flow_hash,
					  struct choice *choice)
{
	if (opens || attempt.restart) {
		forget_pin(flow_hash);
		return false;
	}
	if (attempt.number != RCH_MARK_NONE)
		return false;
	choice->id = recall_pin(pin_set_of(flow_hash), flow_hash, &choice->backend);
	if (!choice->id) {
		count_router(RCH_ROUTER_PIN_MISS);
		return false;
	}
	choice->mark = RCH_MARK_PINNED;
	choice->verdict = RCH_ROUTER_PINNED;
	return true;
}

/* The packet goes to an older owner, so the flow's next ones do. Owners never change in place, so
 * only the bit can get lost to another writer. */
static __always_inline void pin_flow(const struct choice *choice, __u64 flow_hash,
				     rch_bucket *bucket, __u32 pool_flags)
{
	if (!pin_sets || pool_flags & RCH_POOL_MARK_ECMP_ER)
		return;
	remember_pin(flow_hash, choice->id, choice->backend->epoch);
	if (!(*bucket & RCH_BUCKET_PINNED))
		*bucket |= RCH_BUCKET_PINNED;
}

static __always_inline __u32 verdict_of(struct attempt attempt)
{
	if (attempt.restart)
		return RCH_ROUTER_RESTARTED;
	return attempt.number == RCH_MARK_NONE ? RCH_ROUTER_FORWARD : RCH_ROUTER_BOUNCED;
}

static __always_inline struct choice choose(__u64 flow_hash, bool opens, struct attempt attempt,
					    __u64 pool_word)
{
	rch_bucket *place = find_bucket(flow_hash, pool_word);
	rch_bucket bucket = place ? *place : 0;
	__u32 pool_flags = rch_pool_flags(pool_word);
	struct choice choice = {.verdict = verdict_of(attempt)};

	/* Nobody takes new connections: an old owner must not get one. */
	if (opens && !rch_bucket_owner(bucket, 0)) {
		choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
		return choice;
	}
	if (bucket & RCH_BUCKET_PINNED && choose_pinned(opens, attempt, flow_hash, &choice))
		return choice;
	choose_live_owner(bucket, attempt.number, &choice);
	if (choice.backend) {
		if (attempt.number != RCH_MARK_NONE)
			pin_flow(&choice, flow_hash, place, pool_flags);
		return choice;
	}
	if (attempt.number == RCH_MARK_NONE) {
		choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
		return choice;
	}
	/* Past the last owner. While the table settles its indexes may have moved under this
	 * bounce: a lost packet is sent again, a RST is for ever. */
	if (pool_flags & RCH_POOL_SETTLING) {
		choice.verdict = RCH_ROUTER_DROP_SETTLING;
		return choice;
	}
	if (bucket & RCH_BUCKET_PINNED)
		forget_pin(flow_hash);
	choose_live_owner(bucket, 0, &choice);
	choice.mark = RCH_MARK_FINAL;
	choice.verdict = choice.backend ? RCH_ROUTER_FINAL : RCH_ROUTER_DROP_NO_BACKEND;
	return choice;
}

#define CHOICE_MARK_SHIFT 16
#define CHOICE_VERDICT_SHIFT 24

/* Global functions return a number: slot, mark and verdict. */
static __always_inline __u32 pack_choice(struct choice choice)
{
	return choice.id | choice.mark << CHOICE_MARK_SHIFT | choice.verdict << CHOICE_VERDICT_SHIFT;
}

static __always_inline struct choice unpack_choice(__u32 packed)
{
	struct choice choice = {
		.id = packed & ((1u << CHOICE_MARK_SHIFT) - 1),
		.mark = packed >> CHOICE_MARK_SHIFT & 0xff,
		.verdict = packed >> CHOICE_VERDICT_SHIFT,
	};

	if (choice.id)
		choice.backend = bpf_map_lookup_elem(&backends, &choice.id);
	return choice;
}

/* The same as a function that the verifier walks through once, which costs a call. */
__noinline __u32 choose_apart(__u64 flow_hash, __u64 pool_word, __u32 opens, __u32 number,
			      __u32 restart)
{
	struct attempt attempt = {.number = number, .restart = restart};

	return pack_choice(choose(flow_hash, opens, attempt, pool_word));
}

/* In line where most packets come through. */
static __always_inline struct choice choose_by_bucket(const struct packet *packet, __u64 flow_hash,
						      struct attempt attempt, __u64 pool_word)
{
	if (packet->plain)
		return choose(flow_hash, packet->opens, attempt, pool_word);
	return unpack_choice(choose_apart(flow_hash, pool_word, packet->opens, attempt.number,
					  attempt.restart));
}

#endif

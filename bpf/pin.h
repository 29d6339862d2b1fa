/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Of step 5: where a flow ended that was bounced before (DESIGN 2.5, abi/ricochet.h), so that not
 * each of its packets is bounced; and where a flow of UDP began that is kept. Two CPUs that write a
 * set at once lose a pin at worst.
 */
#ifndef RICOCHET_BPF_PIN_H
#define RICOCHET_BPF_PIN_H

#include "router_maps.h"

/* The sizes of the maps; 0: there are no pins, no flow is kept. Set at load. */
const volatile __u32 pin_sets = 0;
const volatile __u32 flow_sets = 0;

static __always_inline struct rch_word_set *pin_set_of(__u64 flow_hash)
{
	__u32 index = rch_pin_set_index(flow_hash, pin_sets);

	return pin_sets ? bpf_map_lookup_elem(&pins, &index) : NULL;
}

static __always_inline struct rch_word_set *flow_set_of(__u64 flow_hash)
{
	__u32 index = rch_pin_set_index(flow_hash, flow_sets);

	return flow_sets ? bpf_map_lookup_elem(&flows, &index) : NULL;
}

/* The slot of the live backend that the flow is pinned to; 0: none, and *backend is as it was. */
static __always_inline __u32 recall_pin(struct rch_word_set *set, __u64 flow_hash,
					 struct rch_backend **backend)
{
	if (!set)
		return 0;
#pragma unroll
	for (int i = 0; i < RCH_SET_WORDS; i++) {
		__u64 pin = *(volatile __u64 *)&set->word[i];
		__u32 slot = rch_pin_slot(pin);
		struct rch_backend *taker;

		if (!rch_pin_is_of(pin, flow_hash))
			continue;
		taker = bpf_map_lookup_elem(&backends, &slot);
		if (!taker || !(taker->flags & RCH_BACKEND_LIVE) ||
		    taker->epoch != rch_pin_epoch(pin))
			return 0;
		*backend = taker;
		/* Written only if it was swept since: a line that is only read is every CPU's. */
		if (rch_pin_age(pin))
			set->word[i] = pin - rch_pin_age(pin);
		return slot;
	}
	return 0;
}

/* The word for a flow's pin: its own, else a free one, else the oldest. Ties go to the first from a
 * place that the hash picks, lest one word take all the changes. */
static __always_inline __u32 place_for_pin(const struct rch_word_set *set, __u64 flow_hash)
{
	__u32 first = flow_hash >> 32, place = 0, best = 0;

	for (__u32 i = 0; i < RCH_SET_WORDS; i++) {
		__u32 candidate = (first + i) % RCH_SET_WORDS;
		__u64 pin = set->word[candidate];
		__u32 fitness = pin ? 1 + rch_pin_age(pin) : RCH_PIN_AGE_MAX + 2;

		if (rch_pin_is_of(pin, flow_hash))
			fitness = RCH_PIN_AGE_MAX + 3;
		if (fitness > best) {
			best = fitness;
			place = candidate;
		}
	}
	return place;
}

static __always_inline void write_pin(struct rch_word_set *set, __u64 flow_hash, __u32 slot,
				      __u8 epoch, __u32 evicted)
{
	__u64 *word;

	if (!set)
		return;
	word = &set->word[place_for_pin(set, flow_hash) % RCH_SET_WORDS];
	if (*word && !rch_pin_is_of(*word, flow_hash))
		count_router(evicted);
	*word = rch_pin(flow_hash, slot, epoch);
}

/* Global, as the next two: the verifier walks through it once. */
__noinline int remember_pin(__u64 flow_hash, __u32 slot, __u8 epoch)
{
	write_pin(pin_set_of(flow_hash), flow_hash, slot, epoch, RCH_ROUTER_PIN_EVICTED);
	return 0;
}

__noinline int keep_flow(__u64 flow_hash, __u32 slot, __u8 epoch)
{
	write_pin(flow_set_of(flow_hash), flow_hash, slot, epoch, RCH_ROUTER_FLOW_EVICTED);
	return 0;
}

__noinline int forget_pin(__u64 flow_hash)
{
	struct rch_word_set *set = pin_set_of(flow_hash);

	if (!set)
		return 0;
	for (int i = 0; i < RCH_SET_WORDS; i++) {
		if (rch_pin_is_of(set->word[i], flow_hash))
			set->word[i] = 0;
	}
	return 0;
}

#endif

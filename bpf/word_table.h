/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Look-up in a word table, see abi/ricochet.h. */
#ifndef RICOCHET_BPF_WORD_TABLE_H
#define RICOCHET_BPF_WORD_TABLE_H

#include "packet.h"

static __always_inline bool find_in_set(void *table, __u32 index, __u64 key, __u16 *value)
{
	struct rch_word_set *set = bpf_map_lookup_elem(table, &index);
	__u64 wanted = rch_word(key, 0);

	if (!set)
		return false;
#pragma unroll
	for (int i = 0; i < RCH_SET_WORDS; i++) {
		__u64 difference = set->word[i] ^ wanted;

		/* In the low bits alone: the value. */
		if (difference < RCH_WORD_VALUES) {
			*value = (__u16)difference;
			return true;
		}
	}
	return false;
}

/* table: an array map of `sets` sets. *value is set if the key is there; key 0 never is. */
static __always_inline bool find_word(void *table, __u32 sets, __u64 key, __u16 *value)
{
	__u32 index = rch_word_set_index(key, sets);

	return key && (find_in_set(table, index, key, value) ||
		       find_in_set(table, index ^ 1, key, value));
}

#endif

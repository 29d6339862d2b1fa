/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of abi/ricochet.h: what stands where every packet has to look something up. */
#ifndef RICOCHET_ABI_WORD_TABLE_H
#define RICOCHET_ABI_WORD_TABLE_H

#include <linux/types.h>

/*
 * A word table maps keys of up to 52 bits to values of 12. It stands where every packet has to look
 * something up: the look-up of an array map is compiled into the program, that of a hash map is a
 * call, which costs as much as the rest of the path where returns are slowed down against
 * speculation. An entry is one aligned word, so a single store adds, changes or removes it, and it
 * never moves. It is in any word of the set that its key picks, or of the one beside it (index ^ 1)
 * if that was full. A word that is 0 is free, so 0 is no key.
 */
#define RCH_WORD_VALUE_BITS 12
#define RCH_WORD_VALUES (1u << RCH_WORD_VALUE_BITS)
#define RCH_SET_WORDS 8

/* One cache line; the value of an array map with a power of two of them. */
struct rch_word_set {
	__u64 word[RCH_SET_WORDS];
} __attribute__((aligned(64)));

static inline __u64 rch_word(__u64 key, __u16 value)
{
	return key << RCH_WORD_VALUE_BITS | value;
}

/*
 * Multiplied by 2^64 / phi, odd, neighbouring keys spread over the highest bits (Knuth). Only those
 * will do: no bit of a product depends on the bits of the key above it, and the last octet of a
 * service's address is at the top of its key.
 */
static inline __u32 rch_word_set_index(__u64 key, __u32 sets)
{
	return (__u32)((key * 0x9e3779b97f4a7c15ULL >> 32) * sets >> 32);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of abi/ricochet.h: addresses of both families. */
#ifndef RICOCHET_ABI_ADDRESS_H
#define RICOCHET_ABI_ADDRESS_H

#include <asm/byteorder.h>
#include <linux/types.h>

/* An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
struct rch_address {
	__be32 word[4];
};

static inline struct rch_address rch_ipv4(__be32 address)
{
	struct rch_address mapped = {{0, 0, __constant_htonl(0xffff), address}};

	return mapped;
}

static inline int rch_is_ipv4(const struct rch_address *address)
{
	return !address->word[0] && !address->word[1] &&
	       address->word[2] == __constant_htonl(0xffff);
}

static inline int rch_same_address(const struct rch_address *a, const struct rch_address *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
	       a->word[3] == b->word[3];
}

#endif

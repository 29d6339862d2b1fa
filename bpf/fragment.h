/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments: only the first one has the ports. What it told is kept for the others, which have the
 * same addresses, protocol and identification (RFC 791, section 3.2). A cache: what it has lost, or
 * what came before its first fragment, cannot be attributed.
 */
#ifndef RICOCHET_BPF_FRAGMENT_H
#define RICOCHET_BPF_FRAGMENT_H

#include "packet.h"

/* Packets that are on their way in fragments at one time. */
#define FRAGMENTED_MAX 16384

struct fragment_key {
	__be32 source;
	__be32 destination;
	__be16 identification;
	__u8 protocol;
	__u8 reserved;
};

static __always_inline struct fragment_key fragment_key_of(const struct packet *packet)
{
	return (struct fragment_key){
		.source = packet->ip->saddr,
		.destination = packet->ip->daddr,
		.identification = packet->ip->id,
		.protocol = packet->ip->protocol,
	};
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments: only the first one has the ports. What it told is kept for the others, which have the
 * same addresses, protocol and identification (RFC 791, section 3.2; of IPv6 the protocol is not
 * known of the others, RFC 8200, section 4.5). A cache: what it has lost, or what came before its
 * first fragment, cannot be attributed.
 */
#ifndef RICOCHET_BPF_FRAGMENT_H
#define RICOCHET_BPF_FRAGMENT_H

#include "ip.h"

/* Packets that are on their way in fragments at one time. */
#define FRAGMENTED_MAX 16384

struct fragment_key {
	struct rch_address source;
	struct rch_address destination;
	__be32 identification;
	__u8 protocol; /* of IPv6: 0 */
	__u8 reserved[3];
};

/* What the first one told. */
struct fragment_transport {
	__be32 ports;
	__u8 protocol;
	__u8 reserved[3];
};

static __always_inline struct fragment_key fragment_key_of(const struct packet *packet)
{
	return (struct fragment_key){
		.source = source_of(packet),
		.destination = destination_of(packet),
		.identification = packet->identification,
		.protocol = packet->family == IPV4 ? packet->flow.protocol : 0,
	};
}

#endif

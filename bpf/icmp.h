/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors: each quotes the packet that it is about (RFC 792), which a server sent. */
#ifndef RICOCHET_BPF_ICMP_H
#define RICOCHET_BPF_ICMP_H

#include "packet.h"

/* Of an error the quote follows. (linux/icmp.h does not compile for BPF.) */
struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 rest;
};

enum icmp_error {
	ICMP_UNREACHABLE = 3, /* also: fragmentation needed */
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

/* How much of the transport a quote has at least: ports, and the sequence number of TCP. */
#define QUOTED_WORDS 2

static __always_inline bool is_icmp_error(__u8 type)
{
	/* One condition and not five: each is a fork for the verifier. */
	__u32 errors = 1u << ICMP_UNREACHABLE | 1u << ICMP_SOURCE_QUENCH | 1u << ICMP_REDIRECT |
		       1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETER_PROBLEM;

	return type <= ICMP_PARAMETER_PROBLEM && errors >> type & 1;
}

/* From source and destination to destination and source. */
static __always_inline __be32 swap_ports(__be32 ports)
{
	return ports >> 16 | ports << 16;
}

/* Makes the flow of an error that of the packet that it quotes. An error without a quote that can
 * be read, or about a packet that somebody else sent, keeps its own. */
static __always_inline void read_quote(struct packet *packet, struct icmp_header *icmp,
				       void *data_end)
{
	struct iphdr *quoted = (void *)(icmp + 1);
	struct flow flow = {};
	__be32 *transport;

	if ((void *)(quoted + 1) > data_end || !is_icmp_error(icmp->type))
		return;
	if (quoted->version != 4 || quoted->ihl < IP_HEADER_WORDS_MIN ||
	    quoted->saddr != packet->ip->daddr)
		return;
	flow.source = quoted->daddr;
	flow.destination = quoted->saddr;
	flow.protocol = quoted->protocol;
	if (has_ports(quoted->protocol)) {
		transport = (void *)quoted + quoted->ihl * 4;
		if ((void *)(transport + QUOTED_WORDS) > data_end ||
		    quoted->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
			return;
		flow.ports = swap_ports(transport[0]);
		packet->quoted_sequence = transport[1];
	}
	packet->flow = flow;
}

#endif

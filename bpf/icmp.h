/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors: each quotes the packet that it is about (RFC 792, RFC 4443), which a server sent. */
#ifndef RICOCHET_BPF_ICMP_H
#define RICOCHET_BPF_ICMP_H

#include "extensions.h"
#include "ip.h"

/* Of either family; of an error the quote follows. (linux/icmp.h does not compile for BPF.) */
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

/* Of IPv6 all errors, and no others, are from 1 to 127. */
#define ICMP6_ERROR_MAX 127
#define ICMP6_ROUTER_SOLICITATION 133
#define ICMP6_REDIRECT 137

/* How much of the transport a quote has at least: ports, and the sequence number of TCP. */
#define QUOTED_WORDS 2

static __always_inline bool is_icmp_error(enum family family, __u8 type)
{
	/* One condition and not five: each is a fork for the verifier. */
	__u32 errors = 1u << ICMP_UNREACHABLE | 1u << ICMP_SOURCE_QUENCH | 1u << ICMP_REDIRECT |
		       1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETER_PROBLEM;

	if (family == IPV6)
		return type && type <= ICMP6_ERROR_MAX;
	return type <= ICMP_PARAMETER_PROBLEM && errors >> type & 1;
}

static __always_inline bool is_neighbour_discovery(__u8 type)
{
	return type >= ICMP6_ROUTER_SOLICITATION && type <= ICMP6_REDIRECT;
}

/* From source and destination to destination and source. */
static __always_inline __be32 swap_ports(__be32 ports)
{
	return ports >> 16 | ports << 16;
}

/* Addresses and protocol of the packet that is quoted, from its receiver's side; whether it has that
 * much. payload is what it carries. */
static __always_inline bool read_quoted_ipv4(const struct iphdr *quoted, struct flow *flow,
					     struct payload *payload, void *data_end)
{
	if ((void *)(quoted + 1) > data_end || quoted->version != 4 ||
	    quoted->ihl < IP_HEADER_WORDS_MIN)
		return false;
	flow->source = rch_ipv4(quoted->daddr);
	flow->destination = rch_ipv4(quoted->saddr);
	payload->start = (void *)quoted + quoted->ihl * 4;
	payload->protocol = quoted->protocol;
	if (quoted->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		payload->fragment = FRAGMENT_LATER;
	return true;
}

static __always_inline bool read_quoted_ipv6(const struct ipv6hdr *quoted, struct flow *flow,
					     struct payload *payload, void *data_end)
{
	if ((void *)(quoted + 1) > data_end || quoted->version != 6)
		return false;
	flow->source = ipv6_address(&quoted->daddr);
	flow->destination = ipv6_address(&quoted->saddr);
	payload->start = (void *)(quoted + 1);
	payload->protocol = quoted->nexthdr;
	return skip_extensions(payload, data_end) == EXTENSIONS_READ;
}

static __always_inline bool quotes_destination(const struct packet *packet,
					       const struct flow *quoted)
{
	struct rch_address destination = destination_of(packet);

	return rch_same_address(&quoted->destination, &destination);
}

/* Makes the flow of an error that of the packet that it quotes. An error without a quote that can
 * be read, or about a packet that somebody else sent, keeps its own. */
static __always_inline void read_quote(struct packet *packet, struct icmp_header *icmp,
				       void *data_end)
{
	void *quoted = icmp + 1;
	struct payload payload = {};
	struct flow flow = {};
	__be32 *transport;

	if (quoted > data_end || !is_icmp_error(packet->family, icmp->type))
		return;
	if (packet->family == IPV4 ? !read_quoted_ipv4(quoted, &flow, &payload, data_end)
				   : !read_quoted_ipv6(quoted, &flow, &payload, data_end))
		return;
	if (!quotes_destination(packet, &flow))
		return;
	flow.protocol = payload.protocol;
	if (has_ports(flow.protocol)) {
		transport = payload.start;
		if (payload.fragment == FRAGMENT_LATER ||
		    (void *)(transport + QUOTED_WORDS) > data_end)
			return;
		flow.ports = swap_ports(transport[0]);
		packet->quoted_sequence = transport[1];
	}
	packet->flow = flow;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP: echo requests, and errors, each of which quotes the packet that it is about (RFC 792, RFC 4443), which a server sent. */
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

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO_REQUEST 8

/* Of IPv6 all errors, and no others, are from 1 to 127. */
#define ICMP6_ERROR_MAX 127
#define ICMP6_ECHO_REQUEST 128
#define ICMP6_ECHO_REPLY 129
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

static __always_inline bool is_echo_request(enum family family, const struct icmp_header *icmp)
{
	return icmp->type == (family == IPV4 ? ICMP_ECHO_REQUEST : ICMP6_ECHO_REQUEST) && !icmp->code;
}

/* From source and destination to destination and source. */
static __always_inline __be32 swap_ports(__be32 ports)
{
	return ports >> 16 | ports << 16;
}

/* What a packet that is quoted carries. */
struct quoted {
	struct flow flow;   /* from its receiver's side, without ports */
	__be32 *transport;  /* NULL: it cannot be read */
};

static __always_inline struct quoted read_quoted_ipv4(const struct iphdr *ip, void *data_end)
{
	struct quoted quoted = {};

	if ((void *)(ip + 1) > data_end || ip->version != 4 || ip->ihl < IP_HEADER_WORDS_MIN)
		return quoted;
	quoted.flow.source = &ip->daddr;
	quoted.flow.destination = &ip->saddr;
	quoted.flow.protocol = ip->protocol;
	if (!has_ports(ip->protocol) || !(ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET)))
		quoted.transport = (void *)ip + ip->ihl * 4;
	return quoted;
}

static __always_inline struct quoted read_quoted_ipv6(struct xdp_md *ctx,
						      const struct ipv6hdr *ip6, void *data_end)
{
	struct quoted quoted = {};
	struct payload payload;
	void *start;

	if ((void *)(ip6 + 1) > data_end || ip6->version != 6)
		return quoted;
	payload = find_payload(ctx, ip6);
	start = payload_start(ctx, payload);
	quoted.flow.source = &ip6->daddr;
	quoted.flow.destination = &ip6->saddr;
	quoted.flow.protocol = payload.protocol;
	if (payload.result == EXTENSIONS_READ && start <= data_end &&
	    !(has_ports(payload.protocol) && payload.fragment == FRAGMENT_LATER))
		quoted.transport = start;
	return quoted;
}

static __always_inline bool quotes_destination(const struct packet *packet,
					       const struct flow *quoted)
{
	if (packet->family == IPV4)
		return ipv4_at(quoted->destination) == packet->ip->daddr;
	return rch_same_address(quoted->destination, (const void *)&packet->ip6->daddr);
}

/* icmp is checked against data_end. Makes the flow of an error that of the packet that it quotes. An error without a quote that can
 * be read, or about a packet that somebody else sent, keeps its own. */
static __always_inline void read_quote(struct xdp_md *ctx, struct packet *packet,
				       struct icmp_header *icmp, void *data_end)
{
	struct quoted quoted;

	if (!is_icmp_error(packet->family, icmp->type))
		return;
	quoted = packet->family == IPV4 ? read_quoted_ipv4((void *)(icmp + 1), data_end)
					: read_quoted_ipv6(ctx, (void *)(icmp + 1), data_end);
	if (!quoted.transport || !quotes_destination(packet, &quoted.flow))
		return;
	if (has_ports(quoted.flow.protocol)) {
		if ((void *)(quoted.transport + QUOTED_WORDS) > data_end)
			return;
		quoted.flow.ports = swap_ports(quoted.transport[0]);
		packet->quoted_sequence = quoted.transport[1];
	}
	packet->flow = quoted.flow;
}

#endif

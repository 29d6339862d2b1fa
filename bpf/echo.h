/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP echo to a service address, which no machine answers where only ports of it are services. */
#ifndef RICOCHET_BPF_ECHO_H
#define RICOCHET_BPF_ECHO_H

#include "icmp.h"
#include "ip.h"
#include "outcome.h"
#include "router_maps.h"

#define ECHO_HOPS 64

/* Set at load. */
const volatile bool answer_echo = true;

static __always_inline void swap_addresses(const struct packet *packet)
{
	if (packet->family == IPV4) {
		__be32 address = packet->ip->saddr;

		packet->ip->saddr = packet->ip->daddr;
		packet->ip->daddr = address;
	} else {
		struct in6_addr address = packet->ip6->saddr;

		packet->ip6->saddr = packet->ip6->daddr;
		packet->ip6->daddr = address;
	}
}

/* Whether the packet is a request that may be answered: not to all machines of a network, and without
 * IP options or extension headers, which the answer would have to heed (RFC 1122, section 3.2.2.6). */
static __always_inline bool may_be_answered(const struct packet *packet)
{
	if (!answer_echo || !packet->asks_echo || packet->eth->h_dest[0] & 1)
		return false;
	return packet->family == IPV4 ? packet->ip->ihl == IP_HEADER_WORDS_MIN
				      : packet->ip6->nexthdr == IPPROTO_ICMPV6;
}

/* Makes the request the reply, to be sent back to where it came from. Type and code are a word of the
 * checksum; that addresses change places it does not see. */
static __always_inline struct outcome answer(struct xdp_md *ctx, const struct packet *packet)
{
	struct icmp_header *icmp = (void *)packet->ip + ip_header_bytes(packet);
	__u8 type = packet->family == IPV4 ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY;

	if ((void *)(icmp + 1) > (void *)(long)ctx->data_end)
		return drop(RCH_ROUTER_DROP_MALFORMED);
	replace_word(&icmp->checksum, (void *)icmp, bpf_htons(type << 8));
	/* 0xffff is as right wherever 0 is, and right where all of the reply is zeros, too. */
	if (!icmp->checksum)
		icmp->checksum = (__be16)~0;
	swap_addresses(packet);
	write_hops(packet, ECHO_HOPS);
	swap_macs(packet->eth);
	/* By redirect: what a veth sends back itself, its peer receives only with a program of its own. */
	return (struct outcome){
		.action = (int)bpf_redirect_map(&ports, ctx->ingress_ifindex, XDP_TX),
		.verdict = RCH_ROUTER_ECHO,
		.egress_ifindex = ctx->ingress_ifindex,
	};
}

#endif

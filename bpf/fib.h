/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is to no service address, sent on as the kernel would: by its routes and neighbours, but here.
 * Whatever is not plain forwarding is left to the kernel: its own addresses, a next hop that it has to
 * look for first, and what it answers with an ICMP error (TTL, MTU, no route).
 */
#ifndef RICOCHET_BPF_FIB_H
#define RICOCHET_BPF_FIB_H

#include "ip.h"
#include "nexthop.h"
#include "outcome.h"

/* Set at load. */
const volatile bool forward_by_fib = false;

#define LINUX_AF_INET 2
#define LINUX_AF_INET6 10

/* fe80::/10 (RFC 4291, section 2.5.6): no router sends it on. */
static __always_inline bool is_link_local(const struct in6_addr *address)
{
	return (address->s6_addr32[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

/* The next header is one that routers read (RFC 8200, section 4.3), or the IPv4 header has options. */
static __always_inline bool asks_routers(const struct packet *packet)
{
	if (packet->family == IPV4)
		return packet->ip->ihl != IP_HEADER_WORDS_MIN;
	return packet->ip6->nexthdr == IPPROTO_HOPOPTS || is_link_local(&packet->ip6->saddr) ||
	       is_link_local(&packet->ip6->daddr);
}

/* From or to what no host has (RFC 6890), which the kernel drops: 0/8, 127/8, multicast and all above it;
 * the unspecified address. bpf_fib_lookup itself leaves the others of IPv6. */
static __always_inline bool is_martian4(__be32 address)
{
	__u8 first = bpf_ntohl(address) >> 24;

	return first == 0 || first == 127 || first >= 224;
}

static __always_inline bool is_martian(const struct packet *packet)
{
	const struct in6_addr *source = &packet->ip6->saddr;

	if (packet->family == IPV4)
		return is_martian4(packet->ip->saddr) || is_martian4(packet->ip->daddr);
	return !(source->s6_addr32[0] | source->s6_addr32[1] | source->s6_addr32[2] |
		 source->s6_addr32[3]);
}

/* Not a frame for another machine, as networks flood them. */
static __always_inline bool is_for_this_router(struct xdp_md *ctx, const struct packet *packet)
{
	__u32 ifindex = ctx->ingress_ifindex;
	__u64 *mac = bpf_map_lookup_elem(&port_macs, &ifindex);

	return mac && *mac == rch_mac_key(packet->eth->h_dest);
}

static __always_inline void ask_for(struct bpf_fib_lookup *fib, const struct packet *packet)
{
	fib->tot_len = ip_bytes(packet);
	if (packet->family == IPV4) {
		fib->family = LINUX_AF_INET;
		fib->l4_protocol = packet->ip->protocol;
		fib->tos = packet->ip->tos;
		fib->ipv4_src = packet->ip->saddr;
		fib->ipv4_dst = packet->ip->daddr;
		return;
	}
	fib->family = LINUX_AF_INET6;
	fib->l4_protocol = packet->ip6->nexthdr;
	fib->flowinfo = *(__be32 *)packet->ip6 & bpf_htonl(0x0fffffff);
	__builtin_memcpy(fib->ipv6_src, &packet->ip6->saddr, sizeof(fib->ipv6_src));
	__builtin_memcpy(fib->ipv6_dst, &packet->ip6->daddr, sizeof(fib->ipv6_dst));
}

static __always_inline void rewrite_by_fib(struct ethhdr *eth, const struct bpf_fib_lookup *fib)
{
	struct rch_nexthop nexthop;

	__builtin_memcpy(nexthop.mac, fib->dmac, ETH_ALEN);
	__builtin_memcpy(nexthop.source_mac, fib->smac, ETH_ALEN);
	rewrite_ethernet(eth, &nexthop);
}

static __always_inline struct outcome send_on(struct xdp_md *ctx, enum family family)
{
	struct outcome to_kernel = pass(RCH_ROUTER_PASS_NO_SERVICE);
	struct bpf_fib_lookup fib = {.ifindex = ctx->ingress_ifindex};
	struct packet packet = {.family = family, .eth = (void *)(long)ctx->data};
	int action;

	packet.ip = (void *)(packet.eth + 1);
	if ((void *)packet.ip + ip_header_bytes(&packet) > (void *)(long)ctx->data_end)
		return to_kernel;
	if (!is_for_this_router(ctx, &packet) || asks_routers(&packet) || is_martian(&packet) ||
	    hops_left(&packet) <= 1)
		return to_kernel;
	ask_for(&fib, &packet);
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return to_kernel;
	action = fib.ifindex == ctx->ingress_ifindex
			 ? XDP_TX
			 : (int)bpf_redirect_map(&ports, fib.ifindex, XDP_PASS);
	if (action == XDP_PASS)
		return to_kernel;
	spend_hop(&packet);
	rewrite_by_fib(packet.eth, &fib);
	return (struct outcome){
		.action = action,
		.verdict = RCH_ROUTER_ROUTED,
		.egress_ifindex = fib.ifindex,
	};
}

/* Global functions: the verifier walks through each once. */
__noinline __u64 send_ipv4_on(struct xdp_md *ctx)
{
	return pack_outcome(send_on(ctx, IPV4));
}

__noinline __u64 send_ipv6_on(struct xdp_md *ctx)
{
	return pack_outcome(send_on(ctx, IPV6));
}

/* The packet is to no service. Frames with tags are left to the kernel, which has devices for them. */
static __always_inline struct outcome leave_to_kernel(struct xdp_md *ctx,
						      const struct packet *packet)
{
	if (!forward_by_fib || (void *)packet->ip != (void *)(packet->eth + 1))
		return pass(RCH_ROUTER_PASS_NO_SERVICE);
	return unpack_outcome(packet->family == IPV4 ? send_ipv4_on(ctx) : send_ipv6_on(ctx));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The IP header of either family: the fields that a router reads and writes. packet->family is known
 * at compile time wherever this is used, so each program has the code of each family by itself.
 */
#ifndef RICOCHET_BPF_IP_H
#define RICOCHET_BPF_IP_H

#include "packet.h"

static __always_inline __be32 ipv4_at(const void *address)
{
	return *(const __be32 *)address;
}

static __always_inline struct rch_address address_at(enum family family, const void *address)
{
	return family == IPV4 ? rch_ipv4(ipv4_at(address)) : *(const struct rch_address *)address;
}

static __always_inline struct rch_address source_of(const struct packet *packet)
{
	return packet->family == IPV4 ? rch_ipv4(packet->ip->saddr)
				      : address_at(IPV6, &packet->ip6->saddr);
}

static __always_inline struct rch_address destination_of(const struct packet *packet)
{
	return packet->family == IPV4 ? rch_ipv4(packet->ip->daddr)
				      : address_at(IPV6, &packet->ip6->daddr);
}

/* Without options and extension headers. */
static __always_inline __u32 ip_header_bytes(const struct packet *packet)
{
	return packet->family == IPV4 ? sizeof(*packet->ip) : sizeof(*packet->ip6);
}

/* Header included. */
static __always_inline __u32 ip_bytes(const struct packet *packet)
{
	if (packet->family == IPV4)
		return bpf_ntohs(packet->ip->tot_len);
	return sizeof(*packet->ip6) + bpf_ntohs(packet->ip6->payload_len);
}

/* TTL or hop limit. */
static __always_inline __u8 hops_left(const struct packet *packet)
{
	return packet->family == IPV4 ? packet->ip->ttl : packet->ip6->hop_limit;
}

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), for one 16-bit word of what the checksum covers. */
static __always_inline void replace_word(__sum16 *checksum, __be16 *word, __be16 value)
{
	__u32 sum = (__u16)~*checksum + (__u16)~*word + value;

	sum = (sum & 0xffff) + (sum >> 16);
	*checksum = (__u16)~(sum + (sum >> 16));
	*word = value;
}

/* TTL is the high byte of its 16-bit word. */
static __always_inline void write_hops(const struct packet *packet, __u8 hops)
{
	__be16 *word = (void *)&packet->ip->ttl;

	if (packet->family == IPV6)
		packet->ip6->hop_limit = hops;
	else
		replace_word(&packet->ip->check, word,
			     (*word & bpf_htons(0x00ff)) | bpf_htons((__u16)hops << 8));
}

/* The caller has checked that at least 2 are left. */
static __always_inline void spend_hop(const struct packet *packet)
{
	write_hops(packet, hops_left(packet) - 1);
}

/* ToS or traffic class, which IPv6 has in the middle of its first 16 bits. */
static __always_inline __u8 read_tos(const struct packet *packet)
{
	const __be16 *word = (const void *)packet->ip6;

	return packet->family == IPV4 ? packet->ip->tos : (__u8)(bpf_ntohs(*word) >> 4);
}

static __always_inline void write_tos(const struct packet *packet, __u8 tos)
{
	__be16 *word = (void *)packet->ip;

	if (packet->family == IPV6)
		*word = (*word & bpf_htons(0xf00f)) | bpf_htons((__u16)tos << 4);
	else
		replace_word(&packet->ip->check, word,
			     (*word & bpf_htons(0xff00)) | bpf_htons(tos));
}

#endif

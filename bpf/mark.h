/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mark in the packet: read, write, and the IP checksum that goes with it. */
#ifndef RICOCHET_BPF_MARK_H
#define RICOCHET_BPF_MARK_H

#include "packet.h"

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), for one 16-bit word of the header. */
static __always_inline void replace_ip_word(struct iphdr *ip, __be16 *word, __be16 value)
{
	__u32 sum = (__u16)~ip->check + (__u16)~*word + value;

	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = (__u16)~(sum + (sum >> 16));
	*word = value;
}

/* The first 16-bit word of the IP header is version, length and ToS. */
static __always_inline void write_tos(struct iphdr *ip, __u8 tos)
{
	__be16 *word = (void *)ip;

	replace_ip_word(ip, word, (*word & bpf_htons(0xff00)) | bpf_htons(tos));
}

/* The caller has checked that ttl is at least 2. TTL is the high byte of its 16-bit word. */
static __always_inline void decrement_ttl(struct iphdr *ip)
{
	__be16 *word = (void *)&ip->ttl;

	replace_ip_word(ip, word, *word - bpf_htons(0x0100));
}

/* With ecmp-er there is one mark. The router reads it as attempt 1, an agent as final. */
static __always_inline __u32 read_mark(const struct iphdr *ip, bool ecmp_er, __u32 ecmp_er_mark)
{
	if (ecmp_er)
		return ip->tos == RCH_TOS_ECMP_ER ? ecmp_er_mark : RCH_MARK_NONE;
	return rch_mark_from_tos(ip->tos);
}

static __always_inline void write_mark(struct iphdr *ip, bool ecmp_er, __u32 mark)
{
	if (ecmp_er)
		write_tos(ip, mark == RCH_MARK_NONE ? 0 : RCH_TOS_ECMP_ER);
	else
		write_tos(ip, rch_mark_to_tos(mark, ip->tos));
}

#endif

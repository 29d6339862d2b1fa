/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A view of one packet: what the steps hand to each other. */
#ifndef RICOCHET_BPF_PACKET_H
#define RICOCHET_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/ricochet.h"

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP_HEADER_WORDS_MIN 5

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

enum family {
	IPV4,
	IPV6,
};

enum fragment {
	FRAGMENT_NONE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER, /* without ports, though its protocol has them */
};

/* What a packet is about, as the client would send it. The addresses are in the packet: __be32 or
 * struct in6_addr, by the packet's family. */
struct flow {
	const void *source;
	const void *destination;
	__be32 ports; /* source and destination port in packet order; 0 without ports */
	__u8 protocol;
};

/* The pointers are checked against data_end by parse_packet and stay valid while the packet is
 * not resized. */
struct packet {
	enum family family; /* the same in all of a program's code for one family */
	bool plain; /* likewise: TCP or UDP, whole, without tags */
	struct ethhdr *eth;
	union {
		struct iphdr *ip;
		struct ipv6hdr *ip6;
	};
	struct tcphdr *tcp; /* NULL unless TCP and whole */
	struct udphdr *udp; /* NULL unless UDP and not a later fragment */
	struct flow flow;   /* of an ICMP error that of the packet that it quotes */
	__be32 quoted_sequence; /* TCP's in that packet */
	enum fragment fragment;
	__be32 identification; /* of fragments */
	bool opens; /* SYN without ACK */
	bool asks_echo; /* an ICMP echo request in one piece */
	bool discovers; /* neighbour discovery of IPv6, which is the kernel's (RFC 4861) */
};

static __always_inline __be16 source_port(const struct flow *flow)
{
	return (__be16)flow->ports;
}

static __always_inline __be16 destination_port(const struct flow *flow)
{
	return (__be16)(flow->ports >> 16);
}

static __always_inline void swap_macs(struct ethhdr *eth)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

#endif

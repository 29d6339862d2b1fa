/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 1: from bytes to a struct packet. */
#ifndef RICOCHET_BPF_PARSE_H
#define RICOCHET_BPF_PARSE_H

#include "icmp.h"
#include "packet.h"

#define TCP_HEADER_WORDS_MIN 5
#define PORTS_BYTES 4
/* 802.1ad with 802.1Q inside. */
#define VLAN_TAGS_MAX 2

struct vlan_tag {
	__be16 control; /* priority and number of the VLAN */
	__be16 type;    /* of what follows */
};

enum parse_result {
	PARSED,
	PARSED_NOT_IPV4,
	PARSED_MALFORMED,
};

/* Ports and TCP flags, if this is where they are. IP options are skipped. */
static __always_inline enum parse_result parse_transport(struct packet *packet, void *data_end)
{
	void *header = (void *)packet->ip + packet->ip->ihl * 4;
	__be16 fragment = packet->ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET);
	bool later = fragment & bpf_htons(IP_FRAGMENT_OFFSET);
	__be16 *ports = header;
	struct tcphdr *tcp = header;

	if (__builtin_expect(!has_ports(packet->ip->protocol), 0)) {
		if (packet->ip->protocol == IPPROTO_ICMP && !later)
			read_quote(packet, header, data_end);
		return header > data_end ? PARSED_MALFORMED : PARSED;
	}
	if (__builtin_expect(fragment, 0))
		packet->fragment = later ? FRAGMENT_LATER : FRAGMENT_FIRST;
	if (later)
		return header > data_end ? PARSED_MALFORMED : PARSED;
	if (packet->ip->protocol == IPPROTO_TCP) {
		if ((void *)(tcp + 1) > data_end || tcp->doff < TCP_HEADER_WORDS_MIN)
			return PARSED_MALFORMED;
		packet->tcp = tcp;
		packet->opens = tcp->syn && !tcp->ack;
	} else if (header + PORTS_BYTES > data_end) {
		return PARSED_MALFORMED;
	}
	packet->flow.ports = ports[0] | (__u32)ports[1] << 16;
	return PARSED;
}

static __always_inline bool is_vlan_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

/* Finds the IP header behind any tags, which stay as they are. */
static __always_inline enum parse_result parse_ethernet(struct packet *packet, void *data_end)
{
	__be16 type = packet->eth->h_proto;
	void *next = packet->eth + 1;

#pragma unroll
	for (int i = 0; i < VLAN_TAGS_MAX && __builtin_expect(is_vlan_tag(type), 0); i++) {
		struct vlan_tag *tag = next;

		if ((void *)(tag + 1) > data_end)
			return PARSED_MALFORMED;
		type = tag->type;
		next = tag + 1;
	}
	packet->ip = next;
	return type == bpf_htons(ETH_P_IP) ? PARSED : PARSED_NOT_IPV4;
}

/* Fills *packet, which the caller has zeroed. After PARSED, eth and ip are set. */
static __always_inline enum parse_result parse_packet(struct xdp_md *ctx, struct packet *packet)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	enum parse_result result;

	packet->eth = data;
	if ((void *)(packet->eth + 1) > data_end)
		return PARSED_MALFORMED;
	result = parse_ethernet(packet, data_end);
	if (result != PARSED)
		return result;
	if ((void *)(packet->ip + 1) > data_end || packet->ip->version != 4 ||
	    packet->ip->ihl < IP_HEADER_WORDS_MIN)
		return PARSED_MALFORMED;
	packet->flow.source = packet->ip->saddr;
	packet->flow.destination = packet->ip->daddr;
	packet->flow.protocol = packet->ip->protocol;
	return parse_transport(packet, data_end);
}

#endif

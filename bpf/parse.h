/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 1: from bytes to a struct packet. */
#ifndef RICOCHET_BPF_PARSE_H
#define RICOCHET_BPF_PARSE_H

#include "icmp.h"
#include "packet.h"

#define TCP_HEADER_WORDS_MIN 5
/* 802.1ad with 802.1Q inside. */
#define VLAN_TAGS_MAX 2

struct vlan_tag {
	__be16 control; /* priority and number of the VLAN */
	__be16 type;    /* of what follows */
};

enum parse_result {
	PARSED,
	PARSED_OTHER_FAMILY,
	PARSED_MALFORMED,
	PARSED_EXTENSIONS, /* more than are read */
	PARSED_NOT_PLAIN,  /* and packet->plain is set */
};

/* Ports and TCP flags, if this is where they are. */
static __always_inline enum parse_result parse_ports(struct packet *packet, void *header,
						     void *data_end)
{
	__be16 *ports = header;
	struct tcphdr *tcp = header;
	struct udphdr *udp = header;

	if (packet->flow.protocol == IPPROTO_TCP) {
		if ((void *)(tcp + 1) > data_end || tcp->doff < TCP_HEADER_WORDS_MIN)
			return PARSED_MALFORMED;
		packet->tcp = tcp;
		packet->opens = tcp->syn && !tcp->ack;
	} else {
		if ((void *)(udp + 1) > data_end)
			return PARSED_MALFORMED;
		packet->udp = udp;
	}
	packet->flow.ports = ports[0] | (__u32)ports[1] << 16;
	return PARSED;
}

static __always_inline void parse_icmp(struct xdp_md *ctx, struct packet *packet,
				       struct icmp_header *icmp, bool whole, void *data_end)
{
	if ((void *)(icmp + 1) > data_end)
		return;
	packet->asks_echo = whole && is_echo_request(packet->family, icmp);
	read_quote(ctx, packet, icmp, data_end);
}

/* IP options are skipped. */
static __always_inline enum parse_result parse_ipv4(struct xdp_md *ctx, struct packet *packet,
						    void *data_end)
{
	struct iphdr *ip = packet->ip;
	void *header = (void *)ip + ip->ihl * 4;
	__be16 fragment = ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET);
	bool later = fragment & bpf_htons(IP_FRAGMENT_OFFSET);

	packet->flow.source = &ip->saddr;
	packet->flow.destination = &ip->daddr;
	packet->flow.protocol = ip->protocol;
	if (packet->plain && __builtin_expect(!has_ports(ip->protocol) || fragment, 0))
		return PARSED_NOT_PLAIN;
	if (__builtin_expect(!has_ports(ip->protocol), 0)) {
		if (ip->protocol == IPPROTO_ICMP && !later)
			parse_icmp(ctx, packet, header, !fragment, data_end);
		return header > data_end ? PARSED_MALFORMED : PARSED;
	}
	if (fragment) {
		packet->fragment = later ? FRAGMENT_LATER : FRAGMENT_FIRST;
		packet->identification = ip->id;
	}
	if (later)
		return header > data_end ? PARSED_MALFORMED : PARSED;
	return parse_ports(packet, header, data_end);
}

static __always_inline enum parse_result parse_icmp6(struct xdp_md *ctx, struct packet *packet,
						     struct icmp_header *icmp, void *data_end)
{
	if ((void *)(icmp + 1) > data_end)
		return (void *)icmp > data_end ? PARSED_MALFORMED : PARSED;
	packet->discovers = is_neighbour_discovery(icmp->type);
	parse_icmp(ctx, packet, icmp, packet->fragment == FRAGMENT_NONE, data_end);
	return PARSED;
}

/* What follows the fragment header of a later fragment may be the rest of anything: whether it has
 * ports tells the first one. */
static __always_inline enum parse_result parse_ipv6(struct xdp_md *ctx, struct packet *packet,
						    void *data_end)
{
	struct ipv6hdr *ip6 = packet->ip6;
	struct payload payload = find_payload(ctx, ip6);
	void *start = payload_start(ctx, payload);

	packet->flow.source = &ip6->saddr;
	packet->flow.destination = &ip6->daddr;
	if (rch_is_ipv4(packet->flow.source) || rch_is_ipv4(packet->flow.destination))
		return PARSED_MALFORMED;
	if (payload.result != EXTENSIONS_READ)
		return payload.result == EXTENSIONS_CUT ? PARSED_MALFORMED : PARSED_EXTENSIONS;
	packet->flow.protocol = payload.protocol;
	packet->identification = payload.identification;
	packet->fragment = payload.fragment;
	if (payload.fragment == FRAGMENT_LATER) {
		if (!has_ports(payload.protocol) && !is_extension(payload.protocol))
			packet->fragment = FRAGMENT_NONE;
		return start > data_end ? PARSED_MALFORMED : PARSED;
	}
	if (payload.protocol == IPPROTO_ICMPV6)
		return parse_icmp6(ctx, packet, start, data_end);
	if (!has_ports(payload.protocol))
		return start > data_end ? PARSED_MALFORMED : PARSED;
	return parse_ports(packet, start, data_end);
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

	packet->ip = next;
	if (packet->plain)
		return type == bpf_htons(ETH_P_IP) ? PARSED : PARSED_NOT_PLAIN;
#pragma unroll
	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan_tag(type); i++) {
		struct vlan_tag *tag = next;

		if ((void *)(tag + 1) > data_end)
			return PARSED_MALFORMED;
		type = tag->type;
		next = tag + 1;
	}
	packet->ip = next;
	return type == bpf_htons(packet->family == IPV4 ? ETH_P_IP : ETH_P_IPV6)
		       ? PARSED
		       : PARSED_OTHER_FAMILY;
}

/* Fills *packet, in which the caller has set family and plain and nothing else. After PARSED, eth and the
 * header of that family are set. */
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
	if (packet->family == IPV6) {
		if ((void *)(packet->ip6 + 1) > data_end || packet->ip6->version != 6)
			return PARSED_MALFORMED;
		return parse_ipv6(ctx, packet, data_end);
	}
	if ((void *)(packet->ip + 1) > data_end || packet->ip->version != 4 ||
	    packet->ip->ihl < IP_HEADER_WORDS_MIN)
		return PARSED_MALFORMED;
	return parse_ipv4(ctx, packet, data_end);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows 4 and 5 of the decision table: whether the packet belongs to a socket of this server.
 *
 * The 4-tuple alone does not tell: a SYN sent twice across a change leaves a half-open twin here
 * whose real connection is elsewhere, and a stale TIME_WAIT outlives a flow that has moved. So the
 * sequence numbers must fit as well.
 */
#ifndef RICOCHET_BPF_SOCKET_H
#define RICOCHET_BPF_SOCKET_H

#include <bpf/bpf_core_read.h>

#include "ip.h"

/* The fields of the kernel's sockets that are read; their offsets are relocated at load. */
struct tcp_sock {
	__u32 rcv_nxt;
	__u32 snd_nxt;
} __attribute__((preserve_access_index));

struct tcp_request_sock {
	__u32 rcv_isn;
	__u32 snt_isn;
} __attribute__((preserve_access_index));

struct sock_common {
	__u32 skc_tw_rcv_nxt;
	__u32 skc_tw_snd_nxt;
} __attribute__((preserve_access_index));

struct inet_timewait_sock {
	struct sock_common __tw_common;
} __attribute__((preserve_access_index));

struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
} __attribute__((preserve_access_index));

#define CURRENT_NETNS (-1)
/* Further apart than any window (RFC 7323: at most 2^30), nearer than a random number. */
#define SEQUENCE_NEAR (1 << 30)
/*
 * A client that uses its port again starts 2^20 higher after 70 ms (the kernel's clock of initial
 * sequence numbers ticks every 64 ns), so this tells a new connection from a late segment.
 */
#define SEQUENCE_NEAR_TIME_WAIT (1 << 20)

enum ownership {
	OWNER_NOT_HERE,  /* no socket, or only a listener */
	OWNER_UNFIT,     /* a socket, but of another connection */
	OWNER_SOCKET,
	OWNER_COOKIE,
};

/* |sequence - expected| < distance, in the arithmetic of sequence numbers. */
static __always_inline bool sequence_near(__u32 sequence, __u32 expected, __u32 distance)
{
	return sequence - expected + distance - 1 < 2 * distance - 1;
}

/* RFC 9293 section 3.10.7.4: what can come after our SYN-ACK acknowledges it; a RST is exact. */
static __always_inline bool fits_request(const struct tcp_request_sock *request,
					 const struct tcphdr *tcp)
{
	if (tcp->rst)
		return bpf_ntohl(tcp->seq) == request->rcv_isn + 1;
	return bpf_ntohl(tcp->ack_seq) == request->snt_isn + 1;
}

/* A segment that an ICMP error quotes: whether this socket sent it. */
static __always_inline bool fits_quote(struct bpf_sock *socket, __u32 sequence)
{
	if (socket->state == BPF_TCP_NEW_SYN_RECV) {
		struct tcp_request_sock *request = bpf_skc_to_tcp_request_sock(socket);

		return request && sequence == request->snt_isn;
	}
	if (socket->state == BPF_TCP_TIME_WAIT) {
		struct tcp_timewait_sock *timewait = bpf_skc_to_tcp_timewait_sock(socket);

		return timewait &&
		       sequence_near(sequence, timewait->tw_sk.__tw_common.skc_tw_snd_nxt,
				     SEQUENCE_NEAR_TIME_WAIT);
	}
	/* It has sent nothing but its SYN. */
	if (socket->state == BPF_TCP_SYN_SENT)
		return true;
	struct tcp_sock *connection = bpf_skc_to_tcp_sock(socket);

	return connection && sequence_near(sequence, connection->snd_nxt, SEQUENCE_NEAR);
}

static __always_inline bool fits_segment(struct bpf_sock *socket, const struct tcphdr *tcp)
{
	__u32 sequence = bpf_ntohl(tcp->seq);

	if (socket->state == BPF_TCP_NEW_SYN_RECV) {
		struct tcp_request_sock *request = bpf_skc_to_tcp_request_sock(socket);

		return request && fits_request(request, tcp);
	}
	if (socket->state == BPF_TCP_TIME_WAIT) {
		struct tcp_timewait_sock *timewait = bpf_skc_to_tcp_timewait_sock(socket);

		return timewait &&
		       sequence_near(sequence, timewait->tw_sk.__tw_common.skc_tw_rcv_nxt,
				     SEQUENCE_NEAR_TIME_WAIT);
	}
	/* This server opens the connection and has seen no number of the peer yet. */
	if (socket->state == BPF_TCP_SYN_SENT)
		return true;
	struct tcp_sock *connection = bpf_skc_to_tcp_sock(socket);

	return connection && sequence_near(sequence, connection->rcv_nxt, SEQUENCE_NEAR);
}

static __always_inline bool fits_socket(struct bpf_sock *socket, const struct packet *packet)
{
	if (!packet->tcp)
		return fits_quote(socket, bpf_ntohl(packet->quoted_sequence));
	return fits_segment(socket, packet->tcp);
}

/* The kernel says -ENOENT also when no cookie was sent of late, so this is no oracle. */
static __always_inline bool carries_cookie(struct bpf_sock *listener, const struct packet *packet)
{
	if (!packet->tcp)
		return false;
	return bpf_tcp_check_syncookie(listener, packet->ip, ip_header_bytes(packet), packet->tcp,
				       sizeof(*packet->tcp)) == 0;
}

static __always_inline struct bpf_sock *find_socket(struct xdp_md *ctx, const struct packet *packet)
{
	const struct flow *flow = &packet->flow;
	struct bpf_sock_tuple tuple = {};

	if (packet->family == IPV4) {
		tuple.ipv4.saddr = ipv4_at(flow->source);
		tuple.ipv4.daddr = ipv4_at(flow->destination);
		tuple.ipv4.sport = source_port(flow);
		tuple.ipv4.dport = destination_port(flow);
		return bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), CURRENT_NETNS, 0);
	}
	__builtin_memcpy(tuple.ipv6.saddr, flow->source, sizeof(tuple.ipv6.saddr));
	__builtin_memcpy(tuple.ipv6.daddr, flow->destination, sizeof(tuple.ipv6.daddr));
	tuple.ipv6.sport = source_port(flow);
	tuple.ipv6.dport = destination_port(flow);
	return bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv6), CURRENT_NETNS, 0);
}

static __always_inline enum ownership find_owner(struct xdp_md *ctx, const struct packet *packet)
{
	struct bpf_sock *socket = find_socket(ctx, packet);
	enum ownership owner;

	if (!socket)
		return OWNER_NOT_HERE;
	if (socket->state == BPF_TCP_LISTEN)
		owner = carries_cookie(socket, packet) ? OWNER_COOKIE : OWNER_NOT_HERE;
	else
		owner = fits_socket(socket, packet) ? OWNER_SOCKET : OWNER_UNFIT;
	bpf_sk_release(socket);
	return owner;
}

#endif

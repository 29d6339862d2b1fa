// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The root program of the bench. BPF_PROG_TEST_RUN repeats a program on what the last repetition
 * left of the packet, so the root makes a fresh packet of a random flow out of it and then calls
 * the program under test.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "bench/harness.h"
#include "bpf/ip.h"

/* Without an initialiser: with one and padding inside, clang 14 writes two sections for it. */
struct bench_job job;
__u64 random_state = 0;

/* The next hop of the floor. */
struct rch_nexthop floor_nexthop = {};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, BENCH_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

/*
 * One store for each field or pair of neighbouring fields that a program reads as one word. A
 * read that is wider than the store before it waits until the store has left the CPU's store
 * buffer, which no packet from a network card does to a program.
 */
#define RESTORE(type, data, offset) (*(type *)((data) + (offset)) = *(type *)(job.frame + (offset)))

static __always_inline void restore_ethernet(void *data)
{
	RESTORE(__u32, data, 0);
	RESTORE(__u16, data, 4);
	RESTORE(__u32, data, ETH_ALEN);
	RESTORE(__u16, data, ETH_ALEN + 4);
}

/* Where the ports are is given. */
static __always_inline void set_ports(void *data, __u32 ports, __u32 flow)
{
	__u32 destination_port = *(__u16 *)(job.frame + ports + 2);

	*(__u32 *)(data + ports) = bench_flow_port(flow) | destination_port << 16;
}

/* ip: where its header begins. */
static __always_inline void restore_ipv4(void *data, __u32 ip)
{
	RESTORE(__u16, data, ip); /* version, header length, ToS */
	RESTORE(__u16, data, ip + offsetof(struct iphdr, ttl)); /* TTL, protocol */
	RESTORE(__u16, data, ip + offsetof(struct iphdr, check));
}

static __always_inline void refresh_ipv4(void *data, __u32 ip, __be32 client, __u32 flow)
{
	restore_ethernet(data);
	restore_ipv4(data, ip);
	*(__be32 *)(data + ip + offsetof(struct iphdr, saddr)) = client;
	set_ports(data, ip + sizeof(struct iphdr), flow);
}

static __always_inline void refresh_ipv6(void *data, __u32 flow)
{
	const __u32 ip6 = ETH_HLEN;

	restore_ethernet(data);
	RESTORE(__u16, data, ip6); /* version, traffic class */
	RESTORE(__u8, data, ip6 + offsetof(struct ipv6hdr, hop_limit));
	*(__be32 *)(data + ip6 + offsetof(struct ipv6hdr, saddr) + 12) = bench_flow_address(flow);
	set_ports(data, ip6 + sizeof(struct ipv6hdr), flow);
}

/* The reply that is left of a request has its addresses in each other's place. */
static __always_inline void refresh_echo(void *data, __u32 flow)
{
	const __u32 ip = ETH_HLEN, icmp = ip + sizeof(struct iphdr);

	restore_ethernet(data);
	restore_ipv4(data, ip);
	*(__be32 *)(data + ip + offsetof(struct iphdr, saddr)) = bench_flow_address(flow);
	RESTORE(__be32, data, ip + offsetof(struct iphdr, daddr));
	RESTORE(__u16, data, icmp); /* type, code */
	RESTORE(__u16, data, icmp + 2); /* checksum */
}

static __always_inline void refresh(void *data, __u32 flow)
{
	if (job.layout == BENCH_IPV4)
		refresh_ipv4(data, ETH_HLEN, bench_flow_address(flow), flow);
	else if (job.layout == BENCH_IPV4_TAGGED)
		refresh_ipv4(data, ETH_HLEN + BENCH_TAG_BYTES, bench_flow_address(flow), flow);
	else if (job.layout == BENCH_IPV6)
		refresh_ipv6(data, flow);
	else if (job.layout == BENCH_ECHO)
		refresh_echo(data, flow);
	else
		refresh_ipv4(data, ETH_HLEN, bench_routed_address(flow), flow);
}

/* A constant index makes it a direct jump; an indirect one costs as much as the harness itself. */
static __always_inline void call_program(struct xdp_md *ctx, __u32 slot)
{
#pragma unroll
	for (__u32 i = 0; i < BENCH_SLOTS; i++)
		if (slot == i)
			bpf_tail_call_static(ctx, &programs, i);
}

SEC("xdp.frags")
int harness(struct xdp_md *ctx)
{
	int surplus = (int)(ctx->data_end - ctx->data) - BENCH_FRAME_BYTES;
	void *data;

	if (bpf_xdp_adjust_head(ctx, surplus))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	if (data + BENCH_FRAME_BYTES > (void *)(long)ctx->data_end)
		return XDP_ABORTED;

	random_state = bench_next_random(random_state);
	refresh(data, bench_flow(random_state, job.flows));
	call_program(ctx, job.slot);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int idle(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_DROP;
}

/* The least that forwarding is: new MAC addresses, one hop less, out where it came from. */
SEC("xdp.frags")
int floor_l2(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	const void *macs = &floor_nexthop;
	struct packet packet = {.family = IPV4, .ip = data + ETH_HLEN};

	if (data + BENCH_FRAME_BYTES > (void *)(long)ctx->data_end)
		return XDP_DROP;
	*(__u32 *)data = *(__u32 *)macs;
	*(__u32 *)(data + 4) = *(__u32 *)(macs + 4);
	*(__u32 *)(data + 8) = *(__u32 *)(macs + 8);
	spend_hop(&packet);
	return XDP_TX;
}

char _license[] SEC("license") = "Dual BSD/GPL";

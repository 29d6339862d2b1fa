/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tap of `ricochet capture`: copies a packet to the ring buffer as it came and as it left,
 * which no other tool sees under XDP. Off, it is one load and a branch that is not taken; the
 * work is in global functions, out of the way of the path, which the verifier walks through once and
 * not once for each way that leads to them.
 */
#ifndef RICOCHET_BPF_TAP_H
#define RICOCHET_BPF_TAP_H

#include "packet.h"
#include "parse.h"
#include "tap_maps.h"

static __always_inline bool tap_is_on(void)
{
	__u32 zero = 0;
	struct rch_tap_filter *filter = bpf_map_lookup_elem(&tap_filter, &zero);

	return filter && filter->enabled;
}

static __always_inline bool is_any(const struct rch_address *address)
{
	return !(address->word[0] | address->word[1] | address->word[2] | address->word[3]);
}

static __always_inline bool tap_end_matches(const struct rch_tap_end *end,
					    const struct rch_address *address, __be16 port)
{
	return (is_any(&end->address) || rch_same_address(&end->address, address)) &&
	       (!end->port || end->port == port);
}

static __always_inline bool tap_wants_flow(const struct rch_tap_filter *filter,
					   const struct packet *packet)
{
	const struct flow *flow = &packet->flow;
	__be16 from_port = source_port(flow), to_port = destination_port(flow);
	struct rch_address from = address_at(packet->family, flow->source);
	struct rch_address to = address_at(packet->family, flow->destination);

	return (tap_end_matches(&filter->a, &from, from_port) &&
		tap_end_matches(&filter->b, &to, to_port)) ||
	       (tap_end_matches(&filter->a, &to, to_port) &&
		tap_end_matches(&filter->b, &from, from_port));
}

/* Whether the filter wants this packet. A filter that asks for nothing wants all of them. */
__noinline int tap_wants(struct xdp_md *ctx)
{
	struct packet packet = {.family = IPV4};
	struct packet packet6 = {.family = IPV6};
	struct rch_tap_filter *filter;
	__u32 zero = 0;

	filter = bpf_map_lookup_elem(&tap_filter, &zero);
	if (!filter)
		return false;
	if (is_any(&filter->a.address) && !filter->a.port && is_any(&filter->b.address) &&
	    !filter->b.port)
		return true;
	if (parse_packet(ctx, &packet) == PARSED)
		return tap_wants_flow(filter, &packet);
	return parse_packet(ctx, &packet6) == PARSED && tap_wants_flow(filter, &packet6);
}

/* Whether the record is in the ring. */
__noinline int tap_packet(struct xdp_md *ctx, __u32 ifindex, __u32 direction,
				  __u32 verdict)
{
	/* 64 bits wide, as the helper has it: of a half of a register the verifier knows no bounds. */
	__u64 bytes = bpf_xdp_get_buff_len(ctx);
	__u32 zero = 0;
	struct tap_scratch *scratch = bpf_map_lookup_elem(&tap_scratch, &zero);
	__u64 *lost = bpf_map_lookup_elem(&tap_lost, &zero);

	if (!scratch || !lost)
		return false;
	scratch->record = (struct rch_tap_record){
		.time_ns = bpf_ktime_get_ns(),
		.ifindex = ifindex,
		.packet_bytes = (__u32)bytes,
		.direction = (__u8)direction,
		.verdict = (__u8)verdict,
		.cpu = (__u16)bpf_get_smp_processor_id(),
	};
	if (bytes > RCH_TAP_SNAP_BYTES)
		bytes = RCH_TAP_SNAP_BYTES;
	if (bytes == 0 || bpf_xdp_load_bytes(ctx, 0, scratch->bytes, (__u32)bytes))
		return false;
	scratch->record.captured_bytes = (__u32)bytes;
	if (bpf_ringbuf_output(&tap_ring, scratch, sizeof(scratch->record) + bytes, 0)) {
		*lost += 1;
		return false;
	}
	return true;
}

/* At entry. Returns whether the way out is to be shown, too: never without the way in, so that a
 * reader can pair them. */
static __always_inline bool tap_in(struct xdp_md *ctx)
{
	if (__builtin_expect(!tap_is_on(), 1) || !tap_wants(ctx))
		return false;
	return tap_packet(ctx, ctx->ingress_ifindex, RCH_TAP_IN, 0);
}

/* At exit; egress_ifindex 0: it did not leave. */
static __always_inline void tap_out(struct xdp_md *ctx, __u32 egress_ifindex, __u32 verdict)
{
	if (egress_ifindex)
		tap_packet(ctx, egress_ifindex, RCH_TAP_OUT, verdict);
	else
		tap_packet(ctx, ctx->ingress_ifindex, RCH_TAP_END, verdict);
}

#endif

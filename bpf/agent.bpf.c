// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The agent, on a server: keeps the packets of its own connections and new ones, and sends the
 * others back to the router they came from, marked with the next attempt.
 *
 * parse -> guarded address -> mark -> decide -> take, bounce or drop.
 * docs/packet-path.md walks through it.
 */
#include "agent_maps.h"
#include "decide.h"
#include "mark.h"
#include "parse.h"
#include "tap.h"
#include "word_table.h"

/* Set at load. */
const volatile bool mark_ecmp_er = false;

static __always_inline void bounce(const struct packet *packet, __u32 mark)
{
	spend_hop(packet);
	write_mark(packet, mark_ecmp_er, rch_mark_of_bounce(mark));
	swap_macs(packet->eth);
}

static __always_inline bool is_guarded(const struct packet *packet)
{
	struct rch_address address;
	__u16 unused;

	if (packet->family == IPV4)
		return find_word(&guarded_addresses, RCH_GUARDED_SETS, packet->ip->daddr, &unused);
	address = destination_of(packet);
	return bpf_map_lookup_elem(&guarded_addresses6, &address);
}

/* Of a first fragment, for the later ones: they are bounced if it was not taken. An identification
 * comes again, so what was noted of an earlier packet must not stay. */
static __always_inline void note_fragment(const struct packet *packet, bool taken)
{
	struct fragment_key key = fragment_key_of(packet);
	__u8 unused = 0;

	if (taken)
		bpf_map_delete_elem(&bounced_fragments, &key);
	else
		bpf_map_update_elem(&bounced_fragments, &key, &unused, BPF_ANY);
}

static __always_inline int action_of(__u32 verdict)
{
	switch (verdict) {
	case RCH_AGENT_BOUNCE:
		return XDP_TX;
	case RCH_AGENT_DROP_BUDGET:
	case RCH_AGENT_DROP_TTL_EXPIRED:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}

/* Rewrites the packet as the verdict asks. */
static __always_inline __u32 guard(struct xdp_md *ctx, enum family family)
{
	struct packet packet = {.family = family};
	__u32 mark, verdict;

	switch (parse_packet(ctx, &packet)) {
	case PARSED_NOT_PLAIN: /* not asked for here */
	case PARSED_OTHER_FAMILY:
		return RCH_AGENT_PASS_NOT_IP;
	case PARSED_MALFORMED:
		return RCH_AGENT_PASS_MALFORMED;
	case PARSED_EXTENSIONS:
		return RCH_AGENT_PASS_EXTENSIONS;
	case PARSED:
		break;
	}
	if (!is_guarded(&packet))
		return RCH_AGENT_PASS_NOT_GUARDED;
	mark = read_mark(&packet, mark_ecmp_er, RCH_MARK_FINAL);
	verdict = decide(ctx, &packet, mark);
	if (packet.fragment == FRAGMENT_FIRST)
		note_fragment(&packet, action_of(verdict) == XDP_PASS);
	if (verdict == RCH_AGENT_BOUNCE)
		bounce(&packet, mark);
	else if (mark != RCH_MARK_NONE)
		write_mark(&packet, mark_ecmp_er, RCH_MARK_NONE);
	return verdict;
}

/* A global function, so that the verifier walks through it by itself. */
__noinline __u32 guard_ipv6(struct xdp_md *ctx)
{
	return guard(ctx, IPV6);
}

SEC("xdp.frags")
int ricochet_agent(struct xdp_md *ctx)
{
	bool tapped = tap_in(ctx);
	__u32 verdict = guard(ctx, IPV4);

	if (verdict == RCH_AGENT_PASS_NOT_IP)
		verdict = guard_ipv6(ctx);

	count_agent(verdict);
	if (tapped)
		tap_out(ctx, verdict == RCH_AGENT_BOUNCE ? ctx->ingress_ifindex : 0, verdict);
	return action_of(verdict);
}

char _license[] SEC("license") = "Dual BSD/GPL";

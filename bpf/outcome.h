/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a packet in the router. */
#ifndef RICOCHET_BPF_OUTCOME_H
#define RICOCHET_BPF_OUTCOME_H

#include "packet.h"

struct outcome {
	int action;           /* enum xdp_action */
	__u32 verdict;        /* enum rch_router_counter */
	__u32 egress_ifindex; /* 0: did not leave */
};

static __always_inline struct outcome pass(__u32 verdict)
{
	return (struct outcome){.action = XDP_PASS, .verdict = verdict};
}

static __always_inline struct outcome drop(__u32 verdict)
{
	return (struct outcome){.action = XDP_DROP, .verdict = verdict};
}

/* Global functions return a number: the fields from the top, egress_ifindex, verdict, action. */
static __always_inline __u64 pack_outcome(struct outcome outcome)
{
	return (__u64)outcome.egress_ifindex << 32 | outcome.verdict << 16 | (__u16)outcome.action;
}

static __always_inline struct outcome unpack_outcome(__u64 packed)
{
	return (struct outcome){
		.action = (__u16)packed,
		.verdict = (__u16)(packed >> 16),
		.egress_ifindex = packed >> 32,
	};
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many packets a server may bounce: a token bucket per CPU, so that a flood of packets that
 * nobody owns is not sent round the network again.
 */
#ifndef RICOCHET_BPF_BUDGET_H
#define RICOCHET_BPF_BUDGET_H

#include "agent_maps.h"

#define NS_PER_SECOND 1000000000ULL

/* Bounces per second and CPU, and how many of them at once; set at load. */
const volatile __u64 bounce_rate_per_second = 100000;
const volatile __u64 bounce_burst = 10000;

/* What the time since the last refill has earned. The clock is the coarse one (a tick): it is
 * cheaper, and the burst covers what comes within a tick. */
static __always_inline void refill_bounces(struct bounce_budget *budget)
{
	__u64 now_ns = bpf_ktime_get_coarse_ns();
	__u64 elapsed_ns = now_ns - budget->refilled_ns;
	__u64 earned;

	if (elapsed_ns > NS_PER_SECOND)
		elapsed_ns = NS_PER_SECOND;
	earned = elapsed_ns * bounce_rate_per_second / NS_PER_SECOND;
	if (!earned)
		return;
	budget->bounces = earned < bounce_burst ? earned : bounce_burst;
	budget->refilled_ns = now_ns;
}

/* Takes one bounce from the budget. The clock is read when the budget is used up and not before:
 * it costs as much as the rest of a bounce. So after a quiet time two bursts may go at once. */
static __always_inline bool spend_bounce(void)
{
	__u32 zero = 0;
	struct bounce_budget *budget = bpf_map_lookup_elem(&bounce_budgets, &zero);

	if (!budget)
		return false;
	if (!budget->bounces)
		refill_bounces(budget);
	if (!budget->bounces)
		return false;
	budget->bounces -= 1;
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mark in the packet: in the ToS of IPv4, the traffic class of IPv6. */
#ifndef RICOCHET_BPF_MARK_H
#define RICOCHET_BPF_MARK_H

#include "ip.h"

/* With ecmp-er there is one mark. The router reads it as attempt 1, an agent as final. */
static __always_inline __u32 read_mark(const struct packet *packet, bool ecmp_er,
				       __u32 ecmp_er_mark)
{
	__u8 tos = read_tos(packet);

	if (ecmp_er)
		return tos == RCH_TOS_ECMP_ER ? ecmp_er_mark : RCH_MARK_NONE;
	return rch_mark_from_tos(tos);
}

static __always_inline void write_mark(const struct packet *packet, bool ecmp_er, __u32 mark)
{
	if (ecmp_er)
		write_tos(packet, mark == RCH_MARK_NONE ? 0 : RCH_TOS_ECMP_ER);
	else
		write_tos(packet, rch_mark_to_tos(mark, read_tos(packet)));
}

#endif

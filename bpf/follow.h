/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 2: fragments get the ports of the first one, and go where it went. */
#ifndef RICOCHET_BPF_FOLLOW_H
#define RICOCHET_BPF_FOLLOW_H

#include "fragment.h"
#include "router_maps.h"

static __always_inline void remember_ports(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);

	bpf_map_update_elem(&fragment_ports, &key, &packet->flow.ports, BPF_ANY);
}

static __always_inline void recall_ports(struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	__be32 *ports = bpf_map_lookup_elem(&fragment_ports, &key);

	if (!ports)
		return;
	packet->flow.ports = *ports;
	packet->fragment = FRAGMENT_NONE; /* from here on it is like a whole packet */
}

#endif

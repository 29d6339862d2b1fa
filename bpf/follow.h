/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 2: fragments get the ports of the first one, and go where it went. */
#ifndef RICOCHET_BPF_FOLLOW_H
#define RICOCHET_BPF_FOLLOW_H

#include "fragment.h"
#include "router_maps.h"

static __always_inline void remember_transport(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	struct fragment_transport transport = {
		.ports = packet->flow.ports,
		.protocol = packet->flow.protocol,
	};

	bpf_map_update_elem(&fragment_transports, &key, &transport, BPF_ANY);
}

static __always_inline void recall_transport(struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	struct fragment_transport *transport = bpf_map_lookup_elem(&fragment_transports, &key);

	if (!transport)
		return;
	packet->flow.ports = transport->ports;
	packet->flow.protocol = transport->protocol;
	packet->fragment = FRAGMENT_NONE; /* from here on it is like a whole packet */
}

#endif

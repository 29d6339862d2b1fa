// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf_parse.h"

#include "bpf/parse.h"

static enum parsed_as result_of(enum parse_result result)
{
	switch (result) {
	case PARSED:
		return PARSED_AS_PACKET;
	case PARSED_NOT_IPV4:
		return PARSED_AS_NOT_IPV4;
	case PARSED_MALFORMED:
		return PARSED_AS_MALFORMED;
	}
	__builtin_trap();
}

struct parsed parse_as_bpf(const uint8_t *frame, size_t bytes)
{
	struct xdp_md ctx = {
		.data = (__u64)(uintptr_t)frame,
		.data_end = (__u64)(uintptr_t)(frame + bytes),
	};
	struct packet packet = {};
	struct parsed parsed = {.result = result_of(parse_packet(&ctx, &packet))};

	if (parsed.result != PARSED_AS_PACKET)
		return parsed;
	parsed.ip_at = (size_t)((const uint8_t *)packet.ip - frame);
	parsed.tcp_at = packet.tcp ? (size_t)((const uint8_t *)packet.tcp - frame) : 0;
	parsed.source = bpf_ntohl(packet.flow.source);
	parsed.destination = bpf_ntohl(packet.flow.destination);
	parsed.protocol = packet.flow.protocol;
	parsed.source_port = bpf_ntohs((__be16)packet.flow.ports);
	parsed.destination_port = bpf_ntohs(destination_port(&packet.flow));
	parsed.quoted_sequence = bpf_ntohl(packet.quoted_sequence);
	parsed.first_fragment = packet.fragment == FRAGMENT_FIRST;
	parsed.later_fragment = packet.fragment == FRAGMENT_LATER;
	parsed.opens = packet.opens;
	return parsed;
}

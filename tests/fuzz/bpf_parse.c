// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf_parse.h"

#include "bpf/parse.h"

static enum parsed_as result_of(enum parse_result result)
{
	switch (result) {
	case PARSED:
		return PARSED_AS_PACKET;
	case PARSED_OTHER_FAMILY:
		return PARSED_AS_NOT_IP;
	case PARSED_MALFORMED:
		return PARSED_AS_MALFORMED;
	case PARSED_EXTENSIONS:
		return PARSED_AS_TOO_MANY_EXTENSIONS;
	case PARSED_NOT_PLAIN:
		return PARSED_AS_NOT_PLAIN;
	}
	__builtin_trap();
}

/* From where it lies in the frame. */
static void copy_address(uint32_t words[4], enum family family, const void *address)
{
	struct rch_address copy = address_at(family, address);

	for (int i = 0; i < 4; i++)
		words[i] = bpf_ntohl(copy.word[i]);
}

static struct parsed describe(const struct packet *packet, const uint8_t *frame)
{
	struct parsed parsed = {.result = PARSED_AS_PACKET};
	bool is_ipv4 = packet->family == IPV4;
	__be32 id = packet->identification;

	parsed.ip_at = (size_t)((const uint8_t *)packet->ip - frame);
	parsed.tcp_at = packet->tcp ? (size_t)((const uint8_t *)packet->tcp - frame) : 0;
	parsed.udp_at = packet->udp ? (size_t)((const uint8_t *)packet->udp - frame) : 0;
	copy_address(parsed.source, packet->family, packet->flow.source);
	copy_address(parsed.destination, packet->family, packet->flow.destination);
	parsed.protocol = packet->flow.protocol;
	parsed.source_port = bpf_ntohs((__be16)packet->flow.ports);
	parsed.destination_port = bpf_ntohs(destination_port(&packet->flow));
	parsed.quoted_sequence = bpf_ntohl(packet->quoted_sequence);
	parsed.first_fragment = packet->fragment == FRAGMENT_FIRST;
	parsed.later_fragment = packet->fragment == FRAGMENT_LATER;
	parsed.identification = is_ipv4 ? bpf_ntohs((__be16)id) : bpf_ntohl(id);
	parsed.asks_echo = packet->asks_echo;
	parsed.neighbour_discovery = packet->discovers;
	parsed.opens = packet->opens;
	return parsed;
}

static struct parsed parse(const uint8_t *frame, size_t bytes, struct packet packet)
{
	struct xdp_md ctx = {
		.data = (__u64)(uintptr_t)frame,
		.data_end = (__u64)(uintptr_t)(frame + bytes),
	};
	enum parse_result result = parse_packet(&ctx, &packet);

	if (result == PARSED)
		return describe(&packet, frame);
	return (struct parsed){.result = result_of(result)};
}

struct parsed parse_as_bpf(const uint8_t *frame, size_t bytes)
{
	struct parsed parsed = parse(frame, bytes, (struct packet){.family = IPV4});

	if (parsed.result == PARSED_AS_NOT_IP)
		parsed = parse(frame, bytes, (struct packet){.family = IPV6});
	return parsed;
}

struct parsed parse_plain_as_bpf(const uint8_t *frame, size_t bytes)
{
	return parse(frame, bytes, (struct packet){.family = IPV4, .plain = true});
}

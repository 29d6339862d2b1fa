/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The extension headers of IPv6, between its header and what it carries (RFC 8200, section 4). */
#ifndef RICOCHET_BPF_EXTENSIONS_H
#define RICOCHET_BPF_EXTENSIONS_H

#include "packet.h"

#define FRAGMENT6_OFFSET 0xfff8
#define FRAGMENT6_MORE 0x0001
/* A power of two above Ethernet, two tags, ICMP, twice IPv6 and all the headers that are read. */
#define PAYLOAD_OFFSET_MAX 0x7fff

/* Most say how many units of 8 bytes follow the first one. */
struct extension_header {
	__u8 next;
	__u8 units;
};

struct fragment_header {
	__u8 next;
	__u8 reserved;
	__be16 offset;
	__be32 identification;
};

enum extension_result {
	EXTENSIONS_READ,
	EXTENSIONS_CUT,
	EXTENSIONS_TOO_MANY,
};

/* What the headers lead to. One word, so that a global function can return it. */
struct payload {
	__be32 identification; /* of fragments */
	__u16 offset;          /* in the frame, perhaps past its end */
	__u8 protocol;         /* of a later fragment: of what its packet's fragments begin with */
	__u8 fragment : 4;     /* enum fragment */
	__u8 result : 4;       /* enum extension_result */
};

union payload_word {
	struct payload payload;
	__u64 word;
};

static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_MH ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH;
}

static __always_inline __u32 extension_bytes(const struct extension_header *header, __u8 protocol)
{
	if (protocol == IPPROTO_FRAGMENT)
		return sizeof(struct fragment_header);
	if (protocol == IPPROTO_AH)
		return (header->units + 2) * 4;
	return (header->units + 1) * 8;
}

/* Neither an offset nor more to come: the only fragment is the whole (RFC 6946). */
static __always_inline enum fragment fragment_of(const struct fragment_header *header)
{
	if (header->offset & bpf_htons(FRAGMENT6_OFFSET))
		return FRAGMENT_LATER;
	return header->offset & bpf_htons(FRAGMENT6_MORE) ? FRAGMENT_FIRST : FRAGMENT_NONE;
}

static __always_inline __u64 payload_word(struct payload payload, enum extension_result result)
{
	union payload_word packed = {.payload = payload};

	packed.payload.result = result;
	return packed.word;
}

/*
 * Follows the headers from the one of this protocol at this offset. What comes behind the fragment
 * header of a later fragment is no header. Returns a union payload_word.
 * A global function: the verifier walks through it once, whatever leads to it.
 */
__noinline __u64 skip_extensions(struct xdp_md *ctx, __u32 offset, __u32 protocol)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct payload payload = {.protocol = protocol};

#pragma unroll
	for (int i = 0; i < RCH_EXTENSION_HEADERS_MAX; i++) {
		struct fragment_header *header =
			(void *)(long)ctx->data + (offset & PAYLOAD_OFFSET_MAX);

		payload.offset = offset;
		if (!is_extension(payload.protocol))
			return payload_word(payload, EXTENSIONS_READ);
		if ((void *)(header + 1) > data_end)
			return payload_word(payload, EXTENSIONS_CUT);
		offset += extension_bytes((void *)header, payload.protocol);
		if (payload.protocol == IPPROTO_FRAGMENT) {
			payload.fragment = fragment_of(header);
			payload.identification = header->identification;
		}
		payload.protocol = header->next;
		if (payload.fragment == FRAGMENT_LATER)
			break;
	}
	payload.offset = offset;
	if (payload.fragment == FRAGMENT_LATER || !is_extension(payload.protocol))
		return payload_word(payload, EXTENSIONS_READ);
	return payload_word(payload, EXTENSIONS_TOO_MANY);
}

/* Of the IPv6 header at this offset. Most have no extension headers. */
static __always_inline struct payload find_payload(struct xdp_md *ctx, const struct ipv6hdr *ip6)
{
	__u32 offset = (void *)(ip6 + 1) - (void *)(long)ctx->data;
	union payload_word packed = {
		.payload = {.offset = offset, .protocol = ip6->nexthdr},
	};

	if (__builtin_expect(is_extension(ip6->nexthdr), 0))
		packed.word = skip_extensions(ctx, offset, ip6->nexthdr);
	return packed.payload;
}

static __always_inline void *payload_start(struct xdp_md *ctx, struct payload payload)
{
	return (void *)(long)ctx->data + (payload.offset & PAYLOAD_OFFSET_MAX);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The extension headers of IPv6, between its header and what it carries (RFC 8200, section 4). */
#ifndef RICOCHET_BPF_EXTENSIONS_H
#define RICOCHET_BPF_EXTENSIONS_H

#include "packet.h"

#define FRAGMENT6_OFFSET 0xfff8
#define FRAGMENT6_MORE 0x0001

/* All but the authentication header say how many more units of 8 bytes follow the first. */
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

/* Where the headers lead to. */
struct payload {
	void *start;     /* checked against data_end only as far as its header begins before it */
	__u8 protocol;   /* of a later fragment: of whatever its packet's fragments begin with */
	enum fragment fragment;
	__be32 identification; /* of fragments */
};

enum extension_result {
	EXTENSIONS_READ,
	EXTENSIONS_CUT,
	EXTENSIONS_TOO_MANY,
};

static __always_inline bool has_units(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_MH;
}

static __always_inline bool is_extension(__u8 protocol)
{
	return has_units(protocol) || protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH;
}

/* Both bits of the offset and of "more" are 0 where the only fragment is the whole (RFC 6946). */
static __always_inline void read_fragment_header(const struct fragment_header *header,
						 struct payload *payload)
{
	if (header->offset & bpf_htons(FRAGMENT6_OFFSET))
		payload->fragment = FRAGMENT_LATER;
	else if (header->offset & bpf_htons(FRAGMENT6_MORE))
		payload->fragment = FRAGMENT_FIRST;
	payload->identification = header->identification;
}

/* payload->start and payload->protocol are those of the first header; what follows the fragment
 * header of a later fragment is no header. */
static __always_inline enum extension_result skip_extensions(struct payload *payload,
							     void *data_end)
{
#pragma unroll
	for (int i = 0; i <= RCH_EXTENSION_HEADERS_MAX; i++) {
		struct extension_header *header = payload->start;
		__u32 bytes = sizeof(struct fragment_header);

		if (!is_extension(payload->protocol) || payload->fragment == FRAGMENT_LATER)
			return EXTENSIONS_READ;
		if (i == RCH_EXTENSION_HEADERS_MAX)
			return EXTENSIONS_TOO_MANY;
		if (payload->start + sizeof(struct fragment_header) > data_end)
			return EXTENSIONS_CUT;
		if (payload->protocol == IPPROTO_FRAGMENT)
			read_fragment_header(payload->start, payload);
		else if (payload->protocol == IPPROTO_AH)
			bytes = (header->units + 2) * 4;
		else
			bytes = (header->units + 1) * 8;
		payload->protocol = header->next;
		payload->start += bytes;
	}
	return EXTENSIONS_TOO_MANY;
}

#endif

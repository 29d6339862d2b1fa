/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Of step 5, for UDP: no server can tell whether a datagram is its own, so none bounces one. A service
 * may have its flows kept where they began, and may have QUIC's connection IDs read.
 */
#ifndef RICOCHET_BPF_DATAGRAM_H
#define RICOCHET_BPF_DATAGRAM_H

#include "affinity.h"
#include "extensions.h"
#include "select.h"
#include "service.h"

#define QUIC_LONG_HEADER 0x80
/* The first three bits of a connection ID; all set, it names nobody (section 4.2). */
#define QUIC_CONFIGURATION 0xe0

/* A packet with a short header (RFC 9000, section 17.3.1): its connection ID has no length. */
struct quic_short_header {
	__u8 flags;
	__u8 id_first; /* which configuration; what else is in it, only its server knows */
	__u8 id_server[RCH_QUIC_ID_BYTES_MAX]; /* and what follows the server's ID */
} __attribute__((packed));

static __always_inline __u64 read_server_id(const struct quic_short_header *header, __u32 bytes)
{
	__u64 id = 0;

	for (int i = 0; i < RCH_QUIC_ID_BYTES_MAX; i++)
		id = id << 8 | header->id_server[i];
	return id >> (8 * (RCH_QUIC_ID_BYTES_MAX - bytes) & 63);
}

/* The slot of the server that a connection ID names, if it names a live one of the pool; else 0. Every
 * packet that is long enough for its cryptography is long enough to be read. */
static __always_inline __u32 find_quic_server(struct xdp_md *ctx, __u32 offset, rch_pool_index pool)
{
	struct quic_short_header *header =
		(void *)(long)ctx->data + (offset & PAYLOAD_OFFSET_MAX);
	struct rch_quic_server key = {.pool = pool};
	struct rch_backend *backend;
	__u32 *bytes, *slot;

	if ((void *)(header + 1) > (void *)(long)ctx->data_end ||
	    header->flags & QUIC_LONG_HEADER ||
	    (header->id_first & QUIC_CONFIGURATION) == QUIC_CONFIGURATION)
		return 0;
	bytes = bpf_map_lookup_elem(&quic_id_bytes, &pool);
	if (!bytes || !*bytes)
		return 0;
	key.id = read_server_id(header, *bytes);
	slot = bpf_map_lookup_elem(&quic_servers, &key);
	if (!slot)
		return 0;
	backend = bpf_map_lookup_elem(&backends, slot);
	return backend && backend->flags & RCH_BACKEND_LIVE ? *slot : 0;
}

/* Where the flow began, if that is still there; else it begins where its bucket says. */
static __always_inline struct choice choose_kept(__u64 flow_hash, __u64 pool_word)
{
	struct choice choice = {.verdict = RCH_ROUTER_KEPT};
	rch_bucket *bucket;

	choice.id = recall_pin(flow_set_of(flow_hash), flow_hash, &choice.backend);
	if (choice.id)
		return choice;
	bucket = find_bucket(flow_hash, pool_word);
	choose_live_owner(bucket ? *bucket : 0, 0, &choice);
	choice.mark = RCH_MARK_NONE;
	choice.verdict = choice.backend ? RCH_ROUTER_FORWARD : RCH_ROUTER_DROP_NO_BACKEND;
	if (choice.backend)
		keep_flow(flow_hash, choice.id, choice.backend->epoch);
	return choice;
}

/* The packed choice for a datagram of a service with such options; 0: its bucket decides. offset: of
 * what the datagram carries; 0: it cannot be read. A global function: the verifier walks through it once. */
__noinline __u32 choose_for_datagram(struct xdp_md *ctx, __u32 offset, __u32 service,
				     __u64 flow_hash, __u64 pool_word)
{
	struct choice choice = {.verdict = RCH_ROUTER_QUIC};
	__u32 options = rch_service_options(service);

	if (options & RCH_SERVICE_QUIC && offset)
		choice.id = find_quic_server(ctx, offset, rch_service_pool(service));
	if (choice.id)
		return pack_choice(choice);
	if (options & RCH_SERVICE_KEEP_FLOWS && flow_sets)
		return pack_choice(choose_kept(flow_hash, pool_word));
	return 0;
}

static __always_inline bool reads_datagrams(const struct packet *packet, __u32 service_options)
{
	return __builtin_expect(service_options & (RCH_SERVICE_QUIC | RCH_SERVICE_KEEP_FLOWS), 0) &&
	       packet->flow.protocol == IPPROTO_UDP;
}

static __always_inline struct choice choose_backend(struct xdp_md *ctx, const struct packet *packet,
						    rch_service service, __u64 pool_word,
						    struct attempt attempt)
{
	__u64 flow_hash =
		hash_flow(packet->family, &packet->flow, rch_service_options(service));
	__u32 offset, chosen;

	if (reads_datagrams(packet, rch_service_options(service))) {
		offset = packet->udp ? (void *)(packet->udp + 1) - (void *)(long)ctx->data : 0;
		chosen = choose_for_datagram(ctx, offset, service, flow_hash, pool_word);
		if (chosen)
			return unpack_choice(chosen);
	}
	return choose_by_bucket(packet, flow_hash, attempt, pool_word);
}

#endif

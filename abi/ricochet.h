/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and the control plane share: map keys and values, limits, marks,
 * the flow hash, and the names of everything that can happen to a packet.
 *
 * Compiled as BPF C and as C++. Both sides include this file, and through it the others here, so
 * there is nothing to keep "in sync"; tests/unit/abi/abi_layout_test.cpp checks that both compilers
 * agree on the layout.
 * Byte order: a field of type __be16 or __be32 is in network order, all others in host order.
 */
#ifndef RICOCHET_ABI_H
#define RICOCHET_ABI_H

#include <linux/types.h>

#include "abi/address.h"
#include "abi/flow_hash.h"
#include "abi/verdicts.h"
#include "abi/word_table.h"

/* ---- limits ---- */

/* Word sets for services by address and port, or address alone. So many that two sets side by side,
 * which hold 16 words, get 1.25 of 16,384 services by port and 4,096 addresses, 2.5 while all of
 * them change. The one limit that a build may set, for the tests of an upgrade to another layout. */
#ifndef RCH_SERVICE_SETS
#define RCH_SERVICE_SETS 32768
#endif
/* The same, of the hash map of IPv6's. */
#define RCH_SERVICES6_MAX 65536
/* Twice the services by prefix that a router has, because new ones come before old ones go. */
#define RCH_PREFIXES_MAX 2048
#define RCH_POOLS_MAX 256
#define RCH_QUIC_SERVERS_MAX 8192 /* twice the server IDs that a router has */
#define RCH_QUIC_ID_BYTES_MAX 8
#define RCH_BACKENDS_MAX 4097   /* slot 0 means "none", so 4,096 are usable */
#define RCH_BACKEND_MAC_SETS 4096 /* word sets */
/* Four times 4,096: static and learned ones, before and after a change. */
#define RCH_NEIGHBOURS_MAX 16384
#define RCH_PORTS_MAX 64        /* interfaces of one router */
#define RCH_OWNERS 4            /* K of the design: owners that a bucket remembers */
#define RCH_GUARDED_SETS 256   /* word sets for the service addresses of one server */
#define RCH_GUARDED6_MAX 1024  /* the same, of IPv6 */
#define RCH_EXTENSION_HEADERS_MAX 6 /* of one IPv6 packet that are read */
#define RCH_TAP_SNAP_BYTES 4096       /* longest part of a packet that the tap copies */
#define RCH_TAP_RING_BYTES (4u << 20)

/* ---- router: from a packet to a pool ---- */

struct rch_prefix_key {
	__u32 length; /* bits; named so by BPF_MAP_TYPE_LPM_TRIE */
	__be32 address;
};

/*
 * What a service does with its packets, in one number: the index of its pool, and the options below.
 * Value of the maps services, services6, prefixes and prefixes6.
 */
typedef __u16 rch_service;

#define RCH_SERVICE_POOL_BITS 8

/* Which part of a flow places it. */
enum rch_affinity {
	RCH_AFFINITY_FLOW,          /* addresses, ports and protocol */
	RCH_AFFINITY_SOURCE_PORTS,  /* the client's address and both ports */
	RCH_AFFINITY_SOURCE,        /* the client's address */
	RCH_AFFINITY_SOURCE_PREFIX, /* its first bits; how many is set at load */
};

enum rch_service_option {
	RCH_SERVICE_AFFINITY = 3,   /* enum rch_affinity */
	RCH_SERVICE_KEEP_FLOWS = 4, /* UDP: a flow stays where it began, see flows */
	RCH_SERVICE_QUIC = 8,       /* UDP: a QUIC connection ID may name the server */
};

static inline rch_service rch_service_of(__u32 pool, __u32 options)
{
	return (rch_service)(pool | options << RCH_SERVICE_POOL_BITS);
}

static inline __u32 rch_service_pool(rch_service service)
{
	return service & ((1u << RCH_SERVICE_POOL_BITS) - 1);
}

static inline __u32 rch_service_options(rch_service service)
{
	return service >> RCH_SERVICE_POOL_BITS;
}

/*
 * Key of the word table services. Port 0 with protocol 0 is any port, any protocol. Four bits of the
 * protocol tell TCP, UDP and 0 apart; packets of other protocols have port 0, which with TCP's or
 * UDP's bits is no service.
 */
static inline __u64 rch_service_key(__be32 address, __be16 port, __u8 protocol)
{
	return (__u64)address << 20 | (__u32)port << 4 | (protocol & 0xf);
}

/*
 * A key of the same table that says that an address has services by port, whichever. The value is
 * not used. It has a port and no protocol: whatever a packet says, it is looked up by another key.
 */
static inline __u64 rch_service_address_key(__be32 address)
{
	return rch_service_key(address, (__be16)~0, 0);
}

struct rch_prefix6_key {
	__u32 length;
	struct rch_address address;
};

/* Key of the hash map services6; as rch_service_key. */
struct rch_service6_key {
	struct rch_address address;
	__be16 port;
	__u8 protocol;
	__u8 reserved;
};

static inline struct rch_service6_key rch_service6(const struct rch_address *address, __be16 port,
						   __u8 protocol)
{
	struct rch_service6_key key = {*address, port, protocol, 0};

	return key;
}

/* As rch_service_address_key. */
static inline struct rch_service6_key rch_service6_address(const struct rch_address *address)
{
	return rch_service6(address, (__be16)~0, 0);
}

/* Key of the map pools: rch_service_pool of a service. */
typedef __u32 rch_pool_index;

/* ---- router: from a pool to a bucket ---- */

/*
 * A pool is one aligned 64-bit word, the only thing that flips when a new generation is
 * published: where the table of buckets starts, its mask (count - 1, a power of two less one)
 * and the flags below. Bucket 0 of the array is never given to a pool and stays empty.
 */
#define RCH_POOL_MASK_SHIFT 32
#define RCH_POOL_MASK_BITS 24
#define RCH_POOL_FLAGS_SHIFT 56
#define RCH_POOL_BUCKETS_MAX (1u << RCH_POOL_MASK_BITS)

enum rch_pool_flag {
	RCH_POOL_SETTLING = 1,     /* just published: past the last owner means drop, not final */
	RCH_POOL_MARK_ECMP_ER = 2, /* marks are the paper's ToS 0x01, not DSCP code points */
	RCH_POOL_NO_HISTORY = 4,   /* nobody bounces: marks are neither looked at nor touched */
};

static inline __u64 rch_pool_word(__u32 offset, __u32 mask, __u32 flags)
{
	return offset | (__u64)mask << RCH_POOL_MASK_SHIFT | (__u64)flags << RCH_POOL_FLAGS_SHIFT;
}

static inline __u32 rch_pool_offset(__u64 word)
{
	return (__u32)word;
}

static inline __u32 rch_pool_mask(__u64 word)
{
	return (__u32)(word >> RCH_POOL_MASK_SHIFT) & (RCH_POOL_BUCKETS_MAX - 1);
}

static inline __u32 rch_pool_flags(__u64 word)
{
	return (__u32)(word >> RCH_POOL_FLAGS_SHIFT);
}

/*
 * A bucket is one aligned 64-bit word, read once. Bits 16 i to 16 i + 14 are the slot of owner i:
 * owner 0 is the current one, the others are previous ones, newest first; slot 0 is none.
 */
typedef __u64 rch_bucket;

#define RCH_OWNER_BITS 15
/* Some flow of the bucket may have a pin. A hint: without it no pin of the bucket is found. */
#define RCH_BUCKET_PINNED (1ULL << 63)

static inline rch_bucket rch_bucket_of(const __u16 owner[RCH_OWNERS])
{
	rch_bucket bucket = 0;

	for (__u32 i = 0; i < RCH_OWNERS; i++)
		bucket |= (__u64)owner[i] << 16 * i;
	return bucket;
}

static inline __u16 rch_bucket_owner(rch_bucket bucket, __u32 index)
{
	return (__u16)(bucket >> 16 * index & ((1u << RCH_OWNER_BITS) - 1));
}

/* ---- router: pins ---- */

/*
 * A pin says which backend took a flow that had been bounced. Pins are a cache: a lost one costs a
 * bounce, a wrong one two. So they are words of sets as in a word table, read and written without a
 * lock, and a full set forgets its oldest.
 * Bits 20 to 63 of a pin are those of the flow hash, whose other bits pick the set; 16 to 19 are the
 * backend's epoch, 3 to 15 its slot, 0 to 2 the pin's age in sweeps of the daemon. 0 is no pin.
 */
#define RCH_PIN_AGE_MAX 7u
#define RCH_PIN_SLOT_SHIFT 3
#define RCH_PIN_SLOT_BITS 13
#define RCH_PIN_EPOCH_SHIFT 16
#define RCH_PIN_EPOCHS 16
#define RCH_PIN_TAG_SHIFT 20
#define RCH_PIN_SETS_MAX (1u << RCH_PIN_TAG_SHIFT)

static inline __u32 rch_pin_set_index(__u64 flow_hash, __u32 sets)
{
	return (__u32)((flow_hash & (RCH_PIN_SETS_MAX - 1)) * sets >> RCH_PIN_TAG_SHIFT);
}

static inline __u64 rch_pin(__u64 flow_hash, __u32 slot, __u8 epoch)
{
	return flow_hash >> RCH_PIN_TAG_SHIFT << RCH_PIN_TAG_SHIFT |
	       (__u64)epoch << RCH_PIN_EPOCH_SHIFT | (__u64)slot << RCH_PIN_SLOT_SHIFT;
}

static inline __u32 rch_pin_slot(__u64 pin)
{
	return (__u32)(pin >> RCH_PIN_SLOT_SHIFT) & ((1u << RCH_PIN_SLOT_BITS) - 1);
}

static inline __u8 rch_pin_epoch(__u64 pin)
{
	return (__u8)(pin >> RCH_PIN_EPOCH_SHIFT) & (RCH_PIN_EPOCHS - 1);
}

static inline __u32 rch_pin_age(__u64 pin)
{
	return (__u32)pin & RCH_PIN_AGE_MAX;
}

static inline int rch_pin_is_of(__u64 pin, __u64 flow_hash)
{
	return (pin ^ flow_hash) >> RCH_PIN_TAG_SHIFT == 0;
}

/*
 * Flows of UDP that are kept: the same words as pins, in a map of their own (flows). They are entered
 * with the first packet of a flow and not after a bounce, and no bucket has a bit for them.
 */

/* ---- router: QUIC ---- */

/*
 * Who has a connection: key of the hash map quic_servers, whose values are slots of backends. A
 * connection ID says it in plain text after its first octet (draft-ietf-quic-load-balancers-21,
 * section 5.2); how many octets, the array map quic_id_bytes has by pool, 0 for none.
 */
struct rch_quic_server {
	__u64 id; /* the octets as one number, the first one highest */
	rch_pool_index pool;
	__u32 reserved;
};

/* ---- router: from a bucket to the wire ---- */

struct rch_nexthop {
	__u8 mac[6];        /* of the next hop */
	__u8 source_mac[6]; /* of the interface it is reached through */
	__u32 ifindex;      /* of the same */
};

enum rch_backend_flag {
	RCH_BACKEND_LIVE = 1,      /* may be sent packets; an entry without it is skipped at once */
	RCH_BACKEND_CONNECTED = 2, /* next hop is the packet's own destination, see neighbours */
};

/* One cache line. */
struct rch_backend {
	struct rch_nexthop nexthop;
	struct rch_address address;
	__u32 flags; /* enum rch_backend_flag */
	/* Below RCH_PIN_EPOCHS; another one each time that the slot is another backend's, so that pins
	 * to the earlier one are none. */
	__u8 epoch;
	__u8 reserved[27];
};

/* Key of the word table backend_macs: who may send marks. The values are not used. */
static inline __u64 rch_mac_key(const __u8 mac[6])
{
	return (__u64)mac[0] << 40 | (__u64)mac[1] << 32 | (__u64)mac[2] << 24 |
	       (__u64)mac[3] << 16 | (__u64)mac[4] << 8 | mac[5];
}

struct rch_traffic {
	__u64 packets;
	__u64 bytes;
};

/* ---- the mark: how often a packet was bounced ---- */

/*
 * 0 is no mark, 1..RCH_OWNERS-1 the attempt, RCH_OWNERS ("final") past the last owner. Above are
 * no attempts: "pinned" a router sends to where a pin says, and "restart" is how that server bounces
 * it: the pin was wrong, and the search begins at owner 0.
 * ToS is the traffic class of IPv6, too. As DSCP: code points of the local-use pool, xxxx11 (RFC 2474
 * section 6, pool 2). The two ECN bits are not touched. As `ecmp-er`: the whole ToS byte is 0x01, and
 * there is one mark, which an agent treats as final and a router as attempt 1, the paper's previous
 * table.
 */
#define RCH_MARK_NONE 0
#define RCH_MARK_FINAL RCH_OWNERS
#define RCH_MARK_PINNED (RCH_OWNERS + 1)
#define RCH_MARK_RESTART (RCH_OWNERS + 2)
#define RCH_ECN_MASK 0x03
#define RCH_TOS_ECMP_ER 0x01

static inline __u8 rch_mark_to_tos(__u32 mark, __u8 tos)
{
	__u8 dscp = mark == RCH_MARK_NONE ? 0 : (__u8)(mark * 4 - 1);

	return (__u8)(dscp << 2) | (tos & RCH_ECN_MASK);
}

static inline __u32 rch_mark_from_tos(__u8 tos)
{
	__u32 dscp = tos >> 2;
	__u32 mark = (dscp + 1) >> 2;

	return (dscp & 3) == 3 && mark <= RCH_MARK_RESTART ? mark : RCH_MARK_NONE;
}

/* Of a packet that a server bounces, and that came with this one. */
static inline __u32 rch_mark_of_bounce(__u32 mark)
{
	return mark < RCH_MARK_FINAL ? mark + 1 : RCH_MARK_RESTART;
}

/* ---- the tap: what `ricochet capture` reads ---- */

/* One end of a flow; a zero field matches anything. */
struct rch_tap_end {
	struct rch_address address;
	__be16 port;
	__u16 reserved;
};

/* A packet is shown if its ends are {a, b} in either order. */
struct rch_tap_filter {
	__u32 enabled; /* 0: the programs do nothing for the tap */
	struct rch_tap_end a;
	struct rch_tap_end b;
};

enum rch_tap_direction {
	RCH_TAP_IN,  /* as it arrived at ifindex */
	RCH_TAP_OUT, /* as it left through ifindex; the verdict says why */
	RCH_TAP_END, /* it did not leave: dropped, or given to the kernel */
};

struct rch_tap_record {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 ifindex;
	__u32 packet_bytes;   /* on the wire */
	__u32 captured_bytes; /* that follow this record */
	__u8 direction;       /* enum rch_tap_direction */
	__u8 verdict;         /* of the program that wrote it; RCH_TAP_IN: none yet, 0 */
	__u16 cpu;            /* records of one packet follow each other on one CPU */
};

#endif

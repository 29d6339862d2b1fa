/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the harness program and the bench share: the job that the bench sets, and how a step of
 * the random sequence becomes a flow and a flow becomes a client's address and port.
 */
#ifndef RICOCHET_BENCH_HARNESS_H
#define RICOCHET_BENCH_HARNESS_H

#include <linux/types.h>

/* The headers of TCP over IPv6 over Ethernet; with IPv4 there are 20 bytes of payload. */
#define BENCH_FRAME_BYTES 74

/* Slots of the harness's program array; programs under test follow. */
enum bench_slot {
  BENCH_SLOT_IDLE, /* returns at once: what remains is the harness's own cost */
  BENCH_SLOT_FLOOR_L2,
  BENCH_SLOT_FIRST_FREE,
  BENCH_SLOTS = 10,
};

/* Where the fields are that differ from packet to packet. */
enum bench_layout {
  BENCH_IPV4,
  BENCH_IPV4_TAGGED, /* with one VLAN tag */
  BENCH_IPV6,
  BENCH_ECHO,   /* ICMP over IPv4: a flow is an address, without a port */
  BENCH_ROUTED, /* as BENCH_IPV4, from bench_routed_address */
};

#define BENCH_TAG_BYTES 4

/* The same for all packets of a segment. */
struct bench_job {
  __u32 slot;
  __u32 flows;  /* at most BENCH_FLOWS_MAX */
  __u32 layout; /* enum bench_layout */
  __u8 frame[BENCH_FRAME_BYTES + 4] __attribute__((aligned(8)));
};

#define BENCH_PORT_BITS 14
#define BENCH_ADDRESSES 64
#define BENCH_FLOWS_MAX (BENCH_ADDRESSES << BENCH_PORT_BITS)

/* Knuth's 64-bit linear congruential generator; its high bits are the good ones. */
static inline __u64 bench_next_random(__u64 random) {
  return random * 6364136223846793005ULL + 1442695040888963407ULL;
}

static inline __u32 bench_flow(__u64 random, __u32 flows) {
  return (__u32)((random >> 32) * flows >> 32);
}

/*
 * 127.1.128.0, 127.2.127.255, 127.3.127.254 ...: one up in the high half and one down in the low
 * half, so that the IP checksum is the same for all of them. Network order.
 */
static inline __be32 bench_flow_address(__u32 flow) {
  return __builtin_bswap32(0x7f018000 + (flow >> BENCH_PORT_BITS) * 0xffff);
}

/* The same in 10.0.0.0/8, because nobody sends on what is from a loopback address. */
static inline __be32 bench_routed_address(__u32 flow) {
  return bench_flow_address(flow) ^ __builtin_bswap32((0x7f ^ 0x0a) << 24);
}

/* Network order. */
static inline __be16 bench_flow_port(__u32 flow) {
  return __builtin_bswap16((__u16)(1 << BENCH_PORT_BITS | (flow & ((1 << BENCH_PORT_BITS) - 1))));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of the tap, in both programs. */
#ifndef RICOCHET_BPF_TAP_MAPS_H
#define RICOCHET_BPF_TAP_MAPS_H

#include "packet.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rch_tap_filter);
} tap_filter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RCH_TAP_RING_BYTES);
} tap_ring SEC(".maps");

/* Records that did not fit into the ring. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} tap_lost SEC(".maps");

struct tap_scratch {
	struct rch_tap_record record;
	__u8 bytes[RCH_TAP_SNAP_BYTES];
};

/* A record is put together here: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_scratch);
} tap_scratch SEC(".maps");

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A view of one packet: what the steps hand to each other. */
#ifndef RICOCHET_BPF_PACKET_H
#define RICOCHET_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/ricochet.h"

enum fragment {
	FRAGMENT_NONE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER, /* without ports, though its protocol has them */
};

/* The pointers are checked against data_end by parse_packet and stay valid while the packet is
 * not resized. */
struct packet {
	struct ethhdr *eth;
	struct iphdr *ip;
	struct tcphdr *tcp; /* NULL unless TCP and whole */
	__be32 ports;       /* source and destination port in packet order; 0 without ports */
	__be16 destination_port;
	enum fragment fragment;
	bool opens; /* SYN without ACK */
};

#endif

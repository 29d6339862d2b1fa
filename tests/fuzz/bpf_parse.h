/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parser of bpf/parse.h as a function of user space, of both families. */
#ifndef RICOCHET_FUZZ_BPF_PARSE_H
#define RICOCHET_FUZZ_BPF_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum parsed_as {
  PARSED_AS_PACKET,
  PARSED_AS_NOT_IP,
  PARSED_AS_MALFORMED,
  PARSED_AS_TOO_MANY_EXTENSIONS,
  PARSED_AS_NOT_PLAIN,
};

/* The fields of struct packet, and where its pointers point, as distances from the first byte. */
struct parsed {
  enum parsed_as result;
  size_t ip_at;
  size_t tcp_at; /* 0: NULL */
  size_t udp_at; /* likewise */
  /* Of the flow, as IPv6 has them. */
  uint32_t source[4];
  uint32_t destination[4];
  uint8_t protocol;
  uint16_t source_port;
  uint16_t destination_port;
  uint32_t quoted_sequence;
  bool first_fragment;
  bool later_fragment;
  uint32_t identification; /* of a fragment */
  bool asks_echo;
  bool neighbour_discovery;
  bool opens;
};

struct parsed parse_as_bpf(const uint8_t* frame, size_t bytes);
/* By what is in line for plain IPv4. */
struct parsed parse_plain_as_bpf(const uint8_t* frame, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In place of the kernel's, for what of bpf/ is compiled for user space. There the pointers into
 * the packet are 32 bits wide, and the verifier makes 64 of them. */
#ifndef RICOCHET_FUZZ_LINUX_BPF_H
#define RICOCHET_FUZZ_LINUX_BPF_H

#include <linux/types.h>

struct xdp_md {
  __u64 data;
  __u64 data_end;
};

#endif

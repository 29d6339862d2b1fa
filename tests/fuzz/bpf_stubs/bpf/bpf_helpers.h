/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In place of libbpf's: parsing calls no helper. */
#ifndef RICOCHET_FUZZ_BPF_HELPERS_H
#define RICOCHET_FUZZ_BPF_HELPERS_H

/* The C library may have a like one. */
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

#endif

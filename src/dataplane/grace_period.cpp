// SPDX-License-Identifier: Apache-2.0
#include "dataplane/grace_period.h"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "util/fd.h"

namespace ricochet {

Result<void> wait_by_membarrier() {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) {
    return error("membarrier: {}", std::strerror(errno));
  }
  return {};
}

Result<void> wait_by_map_update() {
  const Fd inner(bpf_map_create(BPF_MAP_TYPE_ARRAY, "rch_inner", 4, 4, 1, nullptr));
  LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<__u32>(inner.get()));
  const Fd outer(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "rch_outer", 4, 4, 1, &options));
  const __u32 key = 0;
  const int value = inner.get();
  if (!inner.valid() || !outer.valid() ||
      bpf_map_update_elem(outer.get(), &key, &value, BPF_ANY) != 0) {
    return error("cannot wait for the BPF programs: {}", std::strerror(errno));
  }
  return {};
}

Result<void> wait_for_programs() {
  if (wait_by_membarrier()) return {};
  return wait_by_map_update();
}

}  // namespace ricochet

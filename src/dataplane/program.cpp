// SPDX-License-Identifier: Apache-2.0
#include "dataplane/program.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

int log_message(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  char text[8192];
  std::vsnprintf(text, sizeof(text), format, arguments);
  std::string message(text);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  spdlog::debug("{}", message);
  return 0;
}

}  // namespace

void log_libbpf() {
  libbpf_set_print(log_message);
}

Result<void> share_maps(bpf_object* object, const StateDir& state) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    // The interfaces belong to the program: each daemon fills its own before it attaches.
    if (bpf_map__is_internal(map) || bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP) continue;
    if (bpf_map__set_pin_path(map, state.pin(bpf_map__name(map)).c_str()) != 0) {
      return error("cannot pin the map {}: {}", bpf_map__name(map), std::strerror(errno));
    }
  }
  return {};
}

Result<void> load(bpf_object_skeleton* skeleton, const StateDir& state) {
  if (bpf_object__load_skeleton(skeleton) == 0) return {};
  switch (errno) {
    case EPERM:
    case EACCES:
      return error("the kernel refuses the BPF program ({}): run as root (CAP_BPF, CAP_NET_ADMIN)",
                   std::strerror(errno));
    case EINVAL:
      return error(
          "the kernel refuses the BPF program, or {} holds the maps of another version of "
          "Ricochet: in that case run `ricochet detach --purge --state {}`, which ends its "
          "forwarding. SPDLOG_LEVEL=debug shows the kernel's reasons",
          state.pins().string(), state.path().string());
    default:
      return error("cannot load the BPF program: {}", std::strerror(errno));
  }
}

}  // namespace ricochet

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

Result<void> load(bpf_object_skeleton* skeleton) {
  if (bpf_object__load_skeleton(skeleton) == 0) return {};
  if (errno == EPERM || errno == EACCES) {
    return error("the kernel refuses the BPF program ({}): run as root (CAP_BPF, CAP_NET_ADMIN)",
                 std::strerror(errno));
  }
  return error("cannot load the BPF program: {}. SPDLOG_LEVEL=debug shows the kernel's reasons",
               std::strerror(errno));
}

}  // namespace ricochet

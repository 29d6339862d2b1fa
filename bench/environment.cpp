// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

namespace ricochet::bench {

std::string describe_machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string line, model = "unknown CPU";
  while (std::getline(cpuinfo, line)) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(line.find(':') + 2);
    break;
  }
  return fmt::format("{}, {} cores", model, sysconf(_SC_NPROCESSORS_ONLN));
}

std::string kernel_release() {
  utsname names{};
  uname(&names);
  return names.release;
}

std::string now_utc() {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace ricochet::bench

// SPDX-License-Identifier: Apache-2.0
#include "util/capabilities.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>

namespace ricochet {
namespace {

struct CapFree {
  void operator()(void* memory) const { ::cap_free(memory); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, CapFree>;

std::string name_of(cap_value_t capability) {
  const std::unique_ptr<char, CapFree> name(::cap_to_name(capability));
  return name ? name.get() : std::to_string(capability);
}

bool has_other_threads() {
  std::error_code failure;
  const std::filesystem::directory_iterator threads("/proc/self/task", failure);
  return !failure && std::distance(begin(threads), end(threads)) > 1;
}

Result<void> shrink_bounding_set(std::span<const cap_value_t> kept) {
  for (cap_value_t capability = 0; capability < ::cap_max_bits(); ++capability) {
    const bool bound = ::cap_get_bound(capability) == 1;
    if (!bound || std::ranges::find(kept, capability) != kept.end()) continue;
    if (::cap_drop_bound(capability) != 0) {
      return error(
          "cannot take {} from the bounding set: {}. Start with cap_setpcap, or with a bounding "
          "set that has only what is needed",
          name_of(capability), std::strerror(errno));
    }
  }
  return {};
}

}  // namespace

Result<void> keep_capabilities(std::span<const cap_value_t> kept) {
  if (has_other_threads()) return error("capabilities have to be dropped before threads start");
  // First what takes CAP_SETPCAP, which is dropped after that.
  if (auto shrunk = shrink_bounding_set(kept); !shrunk) return shrunk;

  const Capabilities before(::cap_get_proc());
  const Capabilities after(::cap_init());
  if (!before || !after) return error("cannot read the capabilities: {}", std::strerror(errno));
  for (const cap_value_t capability : kept) {
    for (const cap_flag_t set : {CAP_EFFECTIVE, CAP_PERMITTED}) {
      cap_flag_value_t value = CAP_CLEAR;
      ::cap_get_flag(before.get(), capability, set, &value);
      ::cap_set_flag(after.get(), set, 1, &capability, value);
    }
  }
  // Ambient ones cannot outlive the inheritable ones.
  if (::cap_set_proc(after.get()) != 0) {
    return error("cannot drop capabilities: {}", std::strerror(errno));
  }
  return {};
}

}  // namespace ricochet

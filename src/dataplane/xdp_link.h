// SPDX-License-Identifier: Apache-2.0
//
// A program on an interface, held by a pinned bpf_link: it stays when the daemon goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "net/mac.h"
#include "util/result.h"

namespace ricochet {

struct Interface {
  std::string name;
  uint32_t ifindex = 0;
  MacAddress mac;
};

// In the caller's network namespace.
Result<Interface> find_interface(const std::string& name);

struct AttachedLink {
  bool native = false;   // in the driver, else generic
  bool adopted = false;  // an earlier daemon's link, whose program was replaced atomically
};

// Attaches the program, in the driver if that is possible, and pins the link; or replaces the
// program of the link pinned there. Refuses to push another program off the interface.
Result<AttachedLink> attach_xdp(int program_fd, const Interface& interface,
                                const std::filesystem::path& pin);

// Whether the interface's XDP program runs in the driver. False without one.
bool runs_native(uint32_t ifindex);

}  // namespace ricochet

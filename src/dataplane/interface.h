// SPDX-License-Identifier: Apache-2.0
//
// The interfaces of a network namespace as XDP sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/mac.h"
#include "util/result.h"

namespace ricochet {

struct Interface {
  std::string name;
  uint32_t ifindex = 0;
  MacAddress mac;

  bool operator==(const Interface&) const = default;
};

// Where packets go next.
struct NextHop {
  uint16_t port = 0;  // index of one of the router's ports
  MacAddress mac;

  bool operator==(const NextHop&) const = default;
};

// In the caller's network namespace.
Result<Interface> find_interface(const std::string& name);

// What the operator named, and the interface that it is now; none: it is not there.
struct Port {
  std::string name;
  std::optional<Interface> interface;
};

// Whether an interface with this index is in the caller's network namespace now.
bool is_there(uint32_t ifindex);

struct AttachedProgram {
  uint32_t id = 0;  // 0: none
  bool native = false;
};

// The XDP program of the interface with this index in the caller's network namespace. Nothing, and
// errno, if the kernel does not say.
std::optional<AttachedProgram> query_program(uint32_t ifindex);

}  // namespace ricochet

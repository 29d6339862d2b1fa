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

// Whether the interface's XDP program runs in the driver; false without one. Nothing, and errno, if
// the kernel does not say.
std::optional<bool> query_native(uint32_t ifindex);
// The same for people: false also where it is not known.
bool runs_native(uint32_t ifindex);

}  // namespace ricochet

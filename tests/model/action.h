// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ricochet::reference {

// What becomes of a packet.
enum class Action {
  pass,  // to the kernel
  drop,
  transmit,  // out of the interface it came in by
  redirect,  // out of another one
};

}  // namespace ricochet::reference
